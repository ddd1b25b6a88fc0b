"""What keeps our pages harmless, whatever text a user typed."""

from __future__ import annotations

import json
from typing import Any

POLICY = (
    "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; "
    "img-src data: blob:; font-src data:"
)
"""No page of ours asks anybody for anything."""


def script(value: Any) -> str:
    """A value as JavaScript that no text in it can leave."""
    written = json.dumps(value, ensure_ascii=True, allow_nan=False, default=str)
    return written.replace("<", "\\u003c").replace(">", "\\u003e").replace("/", "\\u002f")
