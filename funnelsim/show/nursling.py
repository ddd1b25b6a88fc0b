"""The process that Voila starts for a page: has a kernel born in the nursery, lives as long as it, passes signals on.

Run as a script without site packages (`python -I -S nursling.py SOCKET CONNECTION_FILE`), so that it starts at once and
holds little. Where no nursery listens yet, it becomes an ordinary kernel itself.
"""

import json
import os
import signal
import socket
import sys


def main(address: str, connection: str) -> None:
    """Ask for a kernel and stay until it has gone; its end is ours, ours is its."""
    line = socket.socket(socket.AF_UNIX)
    try:
        line.connect(address)
    except OSError:
        os.execv(sys.executable, [sys.executable, "-m", "ipykernel_launcher", "-f", connection])
    signal.signal(signal.SIGINT, lambda *_: line.sendall(b"i"))  # an interrupt is meant for the kernel
    asked = {"connection": connection, "folder": os.getcwd(), "environment": dict(os.environ)}
    line.sendall(json.dumps(asked).encode() + b"\n")
    while line.recv(1):
        pass


if __name__ == "__main__":
    main(*sys.argv[1:3])
