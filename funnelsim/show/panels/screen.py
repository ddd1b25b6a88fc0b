"""What a panel needs of a page beside ipywidgets: charts, names for those who do not see, a way to the clipboard.

Of charts, new ones take the place of the old ones, nothing is drawn anew: one message carries all of them to the
page, where Plotly compares old and new; nothing comes back. plotly.js travels with the widget, so no network is
needed.
"""

from __future__ import annotations

import anywidget
import traitlets
from plotly.offline import get_plotlyjs

from funnelsim.show.figures.drawing import Drawing

_RENDER = """
const loaded = (code) => globalThis.funnelsimPlotly ??= (async () => {  // once a page, whoever draws on it
  const text = `const module = { exports: {} };\n${code}\nexport default module.exports;`;
  const address = URL.createObjectURL(new Blob([text], { type: "text/javascript" }));
  const plotly = (await import(address)).default;
  URL.revokeObjectURL(address);
  return plotly;
})();

function render({ model, el }) {
  const boxes = [];
  let turn = 0, Plotly = null;
  const put = ({ data, layout }, at) => {
    if (!boxes[at]) {
      const words = document.createElement("div"), box = document.createElement("div");
      words.className = "fs-caption";
      box.className = "fs-chart";
      box.setAttribute("role", "img");
      const save = document.createElement("button");
      save.className = "fs-picture jupyter-button";
      save.style.cssText = "margin:0 0 6px auto;height:24px;line-height:24px;font-size:12px;padding:0 8px";
      el.append(words, box, save);
      boxes[at] = [words, box, save];
    }
    const [words, box, save] = boxes[at];
    words.textContent = layout.meta.caption || "";
    box.setAttribute("aria-label", layout.meta.alt);
    save.textContent = model.get("save");
    save.style.display = model.get("save") ? "block" : "none";
    save.setAttribute("aria-label", `${model.get("save")}: ${layout.meta.title}`);
    save.onclick = () => {  // with the title, which stands above the box on the page
      const { head, top } = layout.meta, more = head ? top - layout.margin.t : 0;
      const title = { ...layout.title, text: head || (layout.title || {}).text };
      const margin = { ...layout.margin, t: layout.margin.t + more };
      const whole = { ...layout, title, margin, width: el.clientWidth, height: layout.height + more };
      const size = { width: whole.width, height: whole.height };
      const filename = layout.meta.title.replace(/[^\\p{L}\\p{N}]+/gu, "_").slice(0, 60);
      Plotly.downloadImage({ data, layout: whole }, { format: "png", scale: 2, filename, ...size });
    };
    Plotly.react(box, data, { ...layout, width: el.clientWidth }, { displayModeBar: false });
  };
  const draw = () => {
    if (!Plotly || !el.clientWidth) return;  // not here or not on the page yet: what comes last draws
    const drawings = model.get("drawings"), mine = ++turn;
    for (const [words, box, save] of boxes.splice(drawings.length)) {  // fewer than before
      Plotly.purge(box);
      for (const part of [words, box, save]) part.remove();
    }
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
  model.on("change:save", draw);
  loaded(model.get("plotly")).then((found) => { Plotly = found; draw(); });
  return () => {
    watch.disconnect();
    model.off("change:drawings", draw);
    model.off("change:save", draw);
    boxes.forEach(([, box]) => Plotly.purge(box));
  };
}

export default { render };
"""


_NAMES = """
function render({ model, el }) {
  const put = () => {
    for (const [kind, name] of Object.entries(model.get("names")))
      for (const part of document.querySelectorAll(
        `.${kind} .noUi-handle, .${kind} select, .${kind} input, .${kind} textarea, .${kind} [role=progressbar], `
          + `button.${kind}`)) {
        if (part.getAttribute("aria-label") !== name) part.setAttribute("aria-label", name);
        part.setAttribute("data-lm-suppress-shortcuts", "true");  // its arrow keys are not the notebook's
      }
  };
  const watch = new MutationObserver(put);
  watch.observe(document.body, { childList: true, subtree: true });
  model.on("change:names", put);
  put();
  model.send("here");
  return () => { watch.disconnect(); model.off("change:names", put); };
}
export default { render };
"""

_COPY = """
function render({ model, el }) {
  const button = document.createElement("button");
  button.className = "fs-copy jupyter-button";
  const put = () => { button.textContent = model.get("words"); };
  button.addEventListener("click", async () => {
    const said = model.get("text");
    try { await navigator.clipboard.writeText(said); }
    catch (refused) {  // no clipboard on a page without encryption: the old way
      const box = document.createElement("textarea");
      box.value = said;
      document.body.append(box);
      box.select();
      document.execCommand("copy");
      box.remove();
    }
    button.textContent = model.get("done");
    setTimeout(put, 1500);
  });
  model.on("change:words", put);
  put();
  el.append(button);
}
export default { render };
"""


class Spoken(anywidget.AnyWidget):
    """Names of controls for those who do not see what stands beside them: class of a control -> words.

    ipywidgets ties a label to the box around a slider, not to the handle that the keyboard moves. And it says when it
    is on a page: a page that opens while its panel works misses what is told between its look and its first word.
    """

    _esm = _NAMES
    names: traitlets.Dict = traitlets.Dict().tag(sync=True)


class CopyButton(anywidget.AnyWidget):
    """A button that puts a text on the clipboard of whoever looks at the page."""

    _esm = _COPY
    text: traitlets.Unicode = traitlets.Unicode().tag(sync=True)
    words: traitlets.Unicode = traitlets.Unicode().tag(sync=True)
    done: traitlets.Unicode = traitlets.Unicode().tag(sync=True)


class Charts(anywidget.AnyWidget):
    """Drawings one below the other, each under its `meta.caption`, told in words to those who do not see it."""

    _esm = _RENDER
    plotly: traitlets.Unicode = traitlets.Unicode(get_plotlyjs()).tag(sync=True)
    """Not part of the module above: a page gives a module two seconds to load, and this one may take longer."""
    drawings: traitlets.List = traitlets.List().tag(sync=True)
    save: traitlets.Unicode = traitlets.Unicode().tag(sync=True)
    """Words of the button below each chart that saves it as a picture, made by the page itself; '' for none."""

    def draw(self, *drawings: Drawing) -> None:
        """Show these from now on."""
        self.drawings = self.made(*drawings)

    @staticmethod
    def made(*drawings: Drawing) -> list[dict]:
        """Drawings as the page takes them."""
        return [{"data": one.data, "layout": one.layout} for one in drawings]
