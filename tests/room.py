"""People in a room as a server sees them: pages asked for, panels that move, charts that come back, no browser."""

from __future__ import annotations

import asyncio
import json
import time
import urllib.parse
import urllib.request
import uuid
from http.cookiejar import CookieJar
from typing import Any

import websockets
from served import Served, kernel_of


class Visitor:
    """A page of the app without a browser: its kernel, its sliders, what is drawn on it."""

    def __init__(self, served: Served):
        self.served = served
        self.cookies = CookieJar()
        self.opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self.cookies))
        self.kernel = ""
        self.sliders: list[str] = []
        self.charts = ""
        self.drawn = asyncio.Event()
        self.arrived: list[tuple[float, int]] = []
        self.opened = 0.0
        """Seconds from asking for the page to the first answer that is drawn on it."""

    async def open(self) -> None:
        """Ask for the page, as a browser does, until its panel shows an answer."""
        began = time.monotonic()
        self.kernel = kernel_of(await asyncio.to_thread(self._page))
        self.session = uuid.uuid4().hex
        address = self.served.address.replace("http", "ws")
        self.line = await websockets.connect(
            f"{address}/api/kernels/{self.kernel}/channels?session_id={self.session}", max_size=None
        )
        self.listener = asyncio.create_task(self._listen())
        control = uuid.uuid4().hex
        await self._send("comm_open", comm_id=control, target_name="jupyter.widget.control", data={},
                         metadata={"version": "1.0.0"})  # fmt: skip
        await self._send("comm_msg", comm_id=control, data={"method": "request_states"})
        await asyncio.wait_for(self.drawn.wait(), 600)
        self.opened = time.monotonic() - began

    def _page(self) -> str:
        with self.opener.open(self.served.address, timeout=900) as told:
            html = told.read().decode()
        assert 'class="fs-error"' not in html, html[-2000:]
        return html

    def _goodbye(self) -> None:
        key = next(cookie.value for cookie in self.cookies if cookie.name == "_xsrf")
        body = urllib.parse.urlencode({"_xsrf": key}).encode()
        self.opener.open(f"{self.served.address}/voila/api/shutdown/{self.kernel}", body, 60).close()

    async def _send(self, kind: str, **content: Any) -> None:
        header = {
            "msg_id": uuid.uuid4().hex,
            "session": self.session,
            "username": "",
            "msg_type": kind,
            "version": "5.3",
        }
        metadata = content.pop("metadata", {})
        told = {
            "header": header,
            "parent_header": {},
            "metadata": metadata,
            "content": content,
            "channel": "shell",
        }
        await self.line.send(json.dumps(told))

    async def _listen(self) -> None:
        async for said in self.line:
            now = time.monotonic()
            told = json.loads(said if isinstance(said, str) else _text(said))
            if told["header"]["msg_type"] != "comm_msg":
                continue
            data = told["content"]["data"]
            if data.get("method") == "update_states":
                self._meet(data["states"])
            elif data.get("method") == "update" and told["content"]["comm_id"] == self.charts:
                self._draw(data["state"], now)

    def _meet(self, states: dict[str, Any]) -> None:
        """Learn which widget is which, from what a page is told first."""
        for name, one in states.items():
            if one["model_name"] == "IntSliderModel":
                self.sliders.append(name)
            if "drawings" in one["state"]:
                self.charts = name
                self._draw(one["state"], time.monotonic())

    def _draw(self, state: dict[str, Any], now: float) -> None:
        if state.get("drawings"):
            self.arrived.append((now, len(self.arrived)))
            self.drawn.set()

    async def move(self, slider: int, value: int) -> tuple[float, float]:
        """Seconds from a move to the first year on the chart, and to the whole answer."""
        before = len(self.arrived)
        began = time.monotonic()
        await self._send("comm_msg", comm_id=self.sliders[slider],
                         data={"method": "update", "state": {"value": value}, "buffer_paths": []})  # fmt: skip
        while len(self.arrived) < before + 2:  # the first year, then the long run beside it
            assert time.monotonic() - began < 300, "a move was not answered"
            await asyncio.sleep(0.002)
        return self.arrived[before][0] - began, self.arrived[before + 1][0] - began

    async def leave(self, goodbye: bool) -> None:
        """Close the page: as a browser does, or as a lid does."""
        self.listener.cancel()
        if goodbye:
            await asyncio.to_thread(self._goodbye)
        await self.line.close()


def _text(framed: bytes) -> str:
    """The words of a message that also carries bytes: a table of offsets stands before its parts."""
    count = int.from_bytes(framed[:4], "big")
    starts = [int.from_bytes(framed[4 * i : 4 * i + 4], "big") for i in range(1, count + 1)]
    return framed[starts[0] : starts[1] if count > 1 else None].decode()
