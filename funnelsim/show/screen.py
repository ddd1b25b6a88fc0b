"""Charts on a page that somebody looks at: new ones take the place of the old ones, nothing is drawn anew.

One message carries all of them to the page, where Plotly compares old and new; nothing comes back. plotly.js
travels with the widget, so no network is needed.
"""

from __future__ import annotations

import anywidget
import traitlets
from plotly.offline import get_plotlyjs

from funnelsim.show.drawing import Drawing

_RENDER = """
const Plotly = module.exports;

function render({ model, el }) {
  const boxes = [];
  let turn = 0;
  const put = ({ data, layout }, at) => {
    if (!boxes[at]) {
      const words = document.createElement("div"), box = document.createElement("div");
      words.className = "fs-caption";
      box.className = "fs-chart";
      box.setAttribute("role", "img");
      el.append(words, box);
      boxes[at] = [words, box];
    }
    const [words, box] = boxes[at];
    words.textContent = layout.meta.caption || "";
    box.setAttribute("aria-label", layout.meta.alt);
    Plotly.react(box, data, { ...layout, width: el.clientWidth }, { displayModeBar: false });
  };
  const draw = () => {
    if (!el.clientWidth) return;  // not on the page yet: the watch below says when it is
    const drawings = model.get("drawings"), mine = ++turn;
    const next = (at) => {  // one chart a frame: the first is seen while the second is drawn
      if (mine !== turn || at === drawings.length) return;
      put(drawings[at], at);
      requestAnimationFrame(() => next(at + 1));
    };
    next(0);
  };
  let width = 0;
  const watch = new ResizeObserver(() => {
    if (el.clientWidth !== width) {
      width = el.clientWidth;
      draw();
    }
  });
  watch.observe(el);
  model.on("change:drawings", draw);
  return () => {
    watch.disconnect();
    model.off("change:drawings", draw);
    boxes.forEach(([, box]) => Plotly.purge(box));
  };
}

export default { render };
"""


class Charts(anywidget.AnyWidget):
    """Drawings one below the other, each under its `meta.caption`, told in words to those who do not see it."""

    _esm = f"const module = {{ exports: {{}} }};\n{get_plotlyjs()}\n{_RENDER}"
    drawings: traitlets.List = traitlets.List().tag(sync=True)

    def draw(self, *drawings: Drawing) -> None:
        """Show these from now on."""
        self.drawings = [{"data": one.data, "layout": one.layout} for one in drawings]
