"""Whether anybody looks at a live front end: there a widget moves, elsewhere a still figure takes its place."""

from __future__ import annotations

import os


def has_front_end() -> bool:
    """Whether somebody can move a slider: JupyterLab, Notebook, Voila or an editor, not papermill.

    `FUNNELSIM_PANEL=live` or `still` decides it by hand.
    """
    chosen = os.environ.get("FUNNELSIM_PANEL", "")
    if chosen in ("live", "still"):
        return chosen == "live"
    return bool(
        os.environ.get("JPY_SESSION_NAME")
        or os.environ.get("SERVER_SOFTWARE", "").startswith("voila")
        or os.environ.get("VSCODE_PID")
    )
