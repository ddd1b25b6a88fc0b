"""A file from the reader's computer into a folder: piece by piece, so that its size does not matter.

The upload of ipywidgets sends a file as one message, and a Jupyter server closes the line at 10 MB; here the
page sends the next megabyte when the one before has arrived.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import anywidget
import traitlets

from funnelsim.errors import HistoryError
from funnelsim.labels.printable import UNSEEN

MOST_BYTES = 1_000_000_000
"""What the reader of tables takes; a larger file is refused before anything is sent."""
_PIECE = 1 << 20
_FORBIDDEN = '/\\:*?"<>|\0'

_ESM = """
function render({ model, el }) {
  const label = document.createElement("label"), words = document.createElement("span");
  const input = document.createElement("input");
  label.className = "fs-upload-label";
  label.style.cssText = "display:block;line-height:1.5";
  words.style.cssText = "display:block";
  input.type = "file";
  input.className = "fs-upload-input";
  input.style.maxWidth = "100%";
  label.append(words, input);
  el.append(label);
  const put = () => { words.textContent = model.get("words"); input.accept = model.get("accept"); };
  let file = null, at = 0;
  const next = async () => {
    if (!file) return;
    if (at >= file.size) { file = null; model.send({ kind: "end" }); input.value = ""; return; }
    const piece = file.slice(at, at + model.get("piece"));
    try {
      const bytes = await piece.arrayBuffer();
      model.send({ kind: "part", at }, undefined, [bytes]);
      at += bytes.byteLength;
    } catch (fault) {  // deleted or changed meanwhile
      file = null;
      model.send({ kind: "broken" });
    }
  };
  const told = (message) => {
    if (message.kind === "next") next();
    if (message.kind === "stop") { file = null; input.value = ""; }
  };
  input.addEventListener("change", () => {
    if (!input.files.length) return;
    file = input.files[0];
    at = 0;
    model.send({ kind: "begin", name: file.name, size: file.size });
  });
  model.on("msg:custom", told);
  model.on("change:words", put);
  model.on("change:accept", put);
  put();
  return () => { model.off("msg:custom", told); model.off("change:words", put); model.off("change:accept", put); };
}
export default { render };
"""


class Upload(anywidget.AnyWidget):
    """A field for a file, told by its words; what arrives is written into the folder and its path told to `arrived`.

    A file of the same name and content is taken as it is; one of the same name is left alone, the new one gets
    a number.
    """

    _esm = _ESM
    words: traitlets.Unicode = traitlets.Unicode().tag(sync=True)
    accept: traitlets.Unicode = traitlets.Unicode().tag(sync=True)
    piece: traitlets.Int = traitlets.Int(_PIECE).tag(sync=True)

    def __init__(
        self,
        folder: Path,
        arrived: Callable[[Path], None],
        refused: Callable[[Exception], None],
        progress: Callable[[int, int], None] = lambda done, total: None,
        **named: Any,
    ):
        super().__init__(**named)
        self.folder, self._arrived, self._refused, self._progress = folder, arrived, refused, progress
        self._name, self._size, self._got = "", 0, 0
        self._part: Path | None = None
        self.on_msg(self._heard)

    def _heard(self, _widget: Any, content: dict[str, Any], buffers: list[Any]) -> None:
        try:
            self._take(content, buffers)
        except Exception as fault:  # said in words; the page must not go on sending
            self.stop()
            self._refused(fault)

    def _take(self, content: dict[str, Any], buffers: list[Any]) -> None:
        kind = content.get("kind")
        if kind == "begin":
            self.forget()
            self._name, self._size = file_name(str(content["name"])), int(content["size"])
            if self._size > MOST_BYTES:
                mb = 1_000_000
                raise HistoryError.of(
                    self._name, "history_too_big", size=self._size // mb, most=MOST_BYTES // mb
                )
            handle, name = tempfile.mkstemp(prefix=".upload-", dir=self.folder)
            os.close(handle)
            self._part, self._got = Path(name), 0
        elif self._part is None:
            return  # of an upload that was given up
        elif kind == "part" and int(content["at"]) == self._got and buffers:
            with self._part.open("ab") as file:
                self._got += file.write(bytes(buffers[0]))
            if self._got > self._size:
                raise HistoryError.of(self._name, "history_unreadable", why=f"{self._got} > {self._size}")
            self._progress(self._got, self._size)
        elif kind == "end" and self._got == self._size:
            part, self._part = self._part, None
            self._arrived(placed(part, self.folder, self._name))
            return
        else:
            raise HistoryError.of(self._name, "history_unreadable", why=str(kind))
        self.send({"kind": "next"})

    def stop(self) -> None:
        """Give up what has arrived of a file, and have the page send no more of it."""
        self.forget()
        self.send({"kind": "stop"})

    def forget(self) -> None:
        """Give up what has arrived of a file."""
        if self._part is not None:
            self._part.unlink(missing_ok=True)
            self._part = None


def file_name(given: str) -> str:
    """A name for a file in this folder, whatever a page called it.

    >>> file_name("../../etc/pass wd.csv"), file_name(".hidden"), file_name("客户.xlsx")
    ('pass wd.csv', 'hidden', '客户.xlsx')
    """
    last = given.replace("\\", "/").rpartition("/")[2]
    name = UNSEEN.sub("", "".join("_" if sign in _FORBIDDEN else sign for sign in last)).strip().lstrip(".")
    stem, suffix = os.path.splitext(name)
    return f"{stem[:80]}{suffix[:12]}" or "export"


def placed(part: Path, folder: Path, name: str) -> Path:
    """Give what has arrived its name; a file that is there already keeps its own unless it is the same."""
    stem, suffix = os.path.splitext(name)
    for number in range(1, 1000):
        target = folder / (name if number == 1 else f"{stem}-{number}{suffix}")
        if not target.exists():
            part.replace(target)
            return target
        if target.is_file() and target.stat().st_size == part.stat().st_size and _same(part, target):
            part.unlink()
            return target
    raise HistoryError.of(name, "panel_file_there")


def _same(one: Path, other: Path) -> bool:
    with one.open("rb") as a, other.open("rb") as b:
        while piece := a.read(_PIECE):
            if piece != b.read(_PIECE):
                return False
    return True
