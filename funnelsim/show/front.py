"""Whether anybody looks at a live front end: there a widget moves, elsewhere a still figure takes its place."""

from __future__ import annotations

import os

FOR_OTHERS = "FUNNELSIM_FOR_OTHERS"


def for_others() -> bool:
    """Whether people at other computers may look (`funnelsim app --ip`): files outside the folder are not for them."""
    return bool(os.environ.get(FOR_OTHERS))


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
