"""Opportunities flowing week by week, replayed from a log: a widget that moves, and a still figure where nothing can.

Every deal is a dot that keeps its place in the column of its stage until it moves on. The page gets numbers and
finished sentences, draws SVG of its own and asks nothing of anybody.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import anywidget
import pandas as pd
import plotly.graph_objects as go
import traitlets

from funnelsim.labels import numbers as write
from funnelsim.labels import text
from funnelsim.show.figures import theme
from funnelsim.show.figures.pipeline import flow_words, open_by_stage
from funnelsim.show.front import has_front_end

MOST_DOTS = 1500
"""Of more deals the largest are drawn."""

_DRAW = """
const NS = "http://www.w3.org/2000/svg", WIDE = 1000, TALL = 366, FLOOR = 358;

function add(parent, kind, facts = {}, words = "") {
  const made = kind === "svg" || parent.namespaceURI === NS ?
    document.createElementNS(NS, kind) : document.createElement(kind);
  Object.entries(facts).forEach(([name, value]) => made.setAttribute(name, value));
  if (words) made.textContent = words;
  parent.append(made);
  return made;
}

function slots(deals, weeks, places) {  // each deal keeps the first place that was free when it came
  const taken = Array.from({ length: places }, () => new Map()), found = deals.map(() => new Array(weeks).fill(-1));
  for (let week = 0; week < weeks; week++) {
    taken.forEach((column, place) => [...column].forEach(([slot, deal]) => {
      if (deals[deal][week] !== place) column.delete(slot);
    }));
    deals.forEach((path, deal) => {
      const place = path[week];
      if (place < 0) return;
      if (week && path[week - 1] === place && found[deal][week - 1] >= 0) {
        found[deal][week] = found[deal][week - 1];
        return;
      }
      let slot = 0;
      while (taken[place].has(slot)) slot++;
      taken[place].set(slot, deal);
      found[deal][week] = slot;
    });
  }
  return found;
}

function render({ model, el }) {
  const { stages, weeks, deals, counts, said, words } = model.get("story");
  const TOP = 46 + 15 * Math.max(...stages.map((lines) => lines.length));
  const wide = WIDE / (stages.length + 1), last = weeks.length - 1, boxes = stages.length + 2;
  const where = slots(deals, weeks.length, boxes);
  const room = (place) => place < stages.length ? FLOOR - TOP : (FLOOR - TOP) / 2 - 34;
  const full = new Array(boxes).fill(0);
  where.forEach((path, deal) => path.forEach((slot, week) => {
    const place = deals[deal][week];
    if (place >= 0) full[place] = Math.max(full[place], slot + 1);
  }));
  let step = 24;
  const fits = (place) => Math.floor((wide - 14) / step) * Math.floor(room(place) / step) >= full[place];
  while (step > 2.5 && !full.every((_, place) => fits(place))) step -= 0.25;
  const across = Math.floor((wide - 14) / step);
  const left = (place) => Math.min(place, stages.length) * wide;
  const floor = (place) => place === stages.length ? TOP + room(place) : FLOOR;
  const spot = (place, slot) =>
    [left(place) + 7 + step * (slot % across + 0.5), floor(place) - step * (Math.floor(slot / across) + 0.5)];

  const root = add(el, "div", { class: "fs-flow", "data-lm-suppress-shortcuts": "true" });
  add(root, "p", { class: "fs-flow-title" }, words.title);
  const svg = add(root, "svg", { viewBox: `0 0 ${WIDE} ${TALL}`, role: "img" });
  const numbers = [];
  stages.forEach((lines, at) => {
    const box = { x: at * wide + 3, y: TOP - 30, width: wide - 6, height: FLOOR - TOP + 36 };
    add(svg, "rect", { ...box, class: "fs-flow-stage" });
    const bottom = TOP - 36 - 15 * (lines.length - 1);
    lines.forEach((line, row) =>
      add(svg, "text", { x: (at + 0.5) * wide, y: bottom + 15 * row, class: "fs-flow-name" }, line));
    numbers.push(add(svg, "text", { x: (at + 0.5) * wide, y: TOP - 9, class: "fs-flow-number" }));
  });
  [[stages.length, words.won], [stages.length + 1, words.ended]].forEach(([place, name]) => {
    const top = floor(place) - room(place) - 30, middle = (stages.length + 0.5) * wide;
    add(svg, "rect", { x: left(place) + 3, y: top, width: wide - 6, height: room(place) + 36, class: "fs-flow-end" });
    add(svg, "text", { x: middle, y: top + 13, class: "fs-flow-small" }, name);
    numbers.push(add(svg, "text", { x: middle, y: top + 27, class: "fs-flow-small" }));
  });
  const dots = deals.map(() => add(svg, "circle", { r: Math.max(step / 2 - 1, 1) }));

  const bar = add(root, "div", { class: "fs-flow-bar" });
  const button = (kind, name) => add(bar, "button", { type: "button", class: `fs-flow-${kind}` }, name);
  const play = button("play", words.play), back = button("back", words.back), on = button("on", words.on);
  const slider = add(bar, "input", { type: "range", min: 0, max: last, step: 1, "aria-label": words.slider });
  const telling = add(root, "p", { class: "fs-flow-said", role: "status" });
  add(root, "p", { class: "fs-flow-help" }, `${words.dots} ${words.help}`);

  let clock = null;
  const show = () => {
    const week = model.get("week");
    slider.value = week;
    slider.setAttribute("aria-valuetext", said[week]);
    svg.setAttribute("aria-label", `${words.title} ${said[week]}`);
    telling.setAttribute("aria-live", clock ? "off" : "polite");  // who listens is not told every beat of a film
    telling.textContent = said[week];
    numbers.forEach((box, place) => { box.textContent = counts[week][place]; });
    back.disabled = week === 0;
    on.disabled = week === last;
    dots.forEach((dot, deal) => {
      const place = deals[deal][week];
      let [x, y] = [-20, TOP];
      if (place >= 0) [x, y] = spot(place, where[deal][week]);
      else if (week && deals[deal].slice(0, week).some((one) => one >= 0)) [x, y] = [WIDE + 20, FLOOR];
      dot.style.transform = `translate(${x}px, ${y}px)`;
      dot.setAttribute("class", place === stages.length ? "fs-won" : place > stages.length ? "fs-ended" : "fs-open");
      dot.style.opacity = place < 0 ? 0 : 1;
    });
  };
  const stop = () => {
    clearInterval(clock);
    clock = null;
    play.textContent = words.play;
    play.setAttribute("aria-pressed", "false");
  };
  const go = (week) => {
    model.set("week", Math.max(0, Math.min(last, week)));
    model.save_changes();
  };
  const turn = () => {
    if (clock) { stop(); show(); return; }
    if (model.get("week") === last) go(0);
    play.textContent = words.pause;
    play.setAttribute("aria-pressed", "true");
    clock = setInterval(() => {
      go(model.get("week") + 1);
      if (model.get("week") === last) { stop(); show(); }
    }, model.get("beat"));
  };
  const walk = (by) => { stop(); go(model.get("week") + by); show(); };
  play.addEventListener("click", turn);
  back.addEventListener("click", () => walk(-1));
  on.addEventListener("click", () => walk(1));
  slider.addEventListener("input", () => { stop(); go(Number(slider.value)); show(); });
  root.addEventListener("keydown", (event) => {
    event.stopPropagation();
    if (event.key === " " && event.target === slider) { event.preventDefault(); turn(); }
    const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (by && event.target !== slider) { event.preventDefault(); walk(by); }
  });
  model.on("change:week", show);
  play.setAttribute("aria-pressed", "false");
  show();
  return () => { stop(); model.off("change:week", show); };
}

export default { render };
"""

_LOOK = f"""
.fs-flow {{ background: white; color: {theme.INK}; font-family: {theme.FONT}; padding: 8px 4px; }}
.fs-flow p {{ margin: 2px 0 6px; line-height: 1.4; }}
.fs-flow .fs-flow-title {{ font-size: 17px; }}
.fs-flow svg {{ display: block; width: 100%; max-height: 64vh; }}
.fs-flow svg text {{ text-anchor: middle; fill: {theme.INK}; font-family: inherit; }}
.fs-flow .fs-flow-name {{ font-size: 12.5px; }}
.fs-flow .fs-flow-number {{ font-size: 20px; font-weight: 600; }}
.fs-flow .fs-flow-small {{ font-size: 12px; }}
.fs-flow .fs-flow-stage {{ fill: #F4F7FA; stroke: {theme.GRID}; }}
.fs-flow .fs-flow-end {{ fill: white; stroke: {theme.FAINT}; stroke-dasharray: 4 3; }}
.fs-flow circle {{ transition: transform 0.5s ease-in-out, opacity 0.4s; }}
.fs-flow .fs-open {{ fill: {theme.BLUE}; }}
.fs-flow .fs-won {{ fill: {theme.GREEN}; stroke: {theme.INK}; stroke-width: 1; }}
.fs-flow .fs-ended {{ fill: white; stroke: {theme.BASE}; stroke-width: 1.5; }}
.fs-flow-bar {{ display: flex; gap: 8px; align-items: center; flex-wrap: wrap; margin: 6px 0; }}
.fs-flow-bar button {{ font: inherit; font-size: 14px; min-height: 32px; padding: 2px 12px; color: {theme.INK};
  background: white; border: 1px solid {theme.FAINT}; border-radius: 4px; cursor: pointer; }}
.fs-flow-bar button:disabled {{ color: #767676; cursor: default; }}
.fs-flow-bar .fs-flow-play {{ min-width: 76px; background: {theme.BLUE}; border-color: {theme.BLUE}; color: white; }}
.fs-flow-bar input {{ flex: 1; min-width: 160px; accent-color: {theme.BLUE}; }}
.fs-flow-bar :focus-visible {{ outline: 3px solid {theme.RUST}; outline-offset: 2px; }}
.fs-flow .fs-flow-said {{ font-size: 15px; font-variant-numeric: tabular-nums; }}
.fs-flow .fs-flow-help {{ font-size: 13px; color: #59626D; }}
@media (prefers-reduced-motion: reduce) {{ .fs-flow circle {{ transition: none; }} }}
"""


class Flow(anywidget.AnyWidget):
    """Deals as dots that move from stage to stage; played, paused and stepped by button, slider or key.

    `week` is the week that is shown, and may be set; `still` is the same as a figure, with its table behind it.
    """

    _esm = _DRAW
    _css = _LOOK
    story: traitlets.Dict = traitlets.Dict().tag(sync=True)
    week: traitlets.Int = traitlets.Int(0).tag(sync=True)
    beat: traitlets.Int = traitlets.Int(700).tag(sync=True)
    """Milliseconds a week takes."""

    def __init__(self, weeks: pd.DataFrame, lang: str | None = None, stages: Mapping[str, str] | None = None):
        super().__init__(story=story(weeks, lang, stages))
        self.still = open_by_stage(weeks, lang, stages)

    @traitlets.validate("week")
    def _within(self, proposal: Any) -> int:
        return max(0, min(int(proposal["value"]), len(self.story.get("weeks", [0])) - 1))


def flow(
    weeks: pd.DataFrame, lang: str | None = None, stages: Mapping[str, str] | None = None
) -> Flow | go.Figure:
    """Opportunities flowing week by week; the still figure `open_by_stage` where nobody can press a button.

    weeks    `study.weeks.week_by_week(...)`
    stages   what people call the stages, by id
    """
    return Flow(weeks, lang, stages) if has_front_end() and len(weeks) else open_by_stage(weeks, lang, stages)


def story(
    weeks: pd.DataFrame, lang: str | None = None, stages: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """What the page needs: names in lines, paths of deals (a place a week, -1 where it is in none), numbers and
    sentences of every week. Places are the stages, then won, then ended otherwise."""
    ids, days = list(weeks.attrs["stages"]), list(weeks.attrs["weeks"])
    place = {
        **{id: at for at, id in enumerate(ids)},
        "won": len(ids),
        "lost": len(ids) + 1,
        "no_decision": len(ids) + 1,
    }
    coded = weeks.assign(place=weeks["place"].map(place).astype(int))
    sizes = (
        weeks.groupby("opportunity", sort=False)["amount"].max().sort_values(ascending=False, kind="stable")
    )
    drawn = coded[coded["opportunity"].isin(sizes.index[:MOST_DOTS])]
    paths = drawn.pivot(index="opportunity", columns="week", values="place")
    order = list(dict.fromkeys(drawn["opportunity"]))
    paths = paths.reindex(index=order, columns=range(len(days))).fillna(-1).astype(int)
    counts = coded.groupby(["week", "place"]).size().unstack(fill_value=0)
    counts = counts.reindex(index=range(len(days)), columns=range(len(ids) + 2), fill_value=0)
    so_far = counts[[len(ids), len(ids) + 1]].cumsum()
    dots = text("figure.flow.dots", lang)
    if len(sizes) > MOST_DOTS:
        dots = text("figure.flow.largest", lang, n=write.count(MOST_DOTS), all=write.count(len(sizes)))
    named = ("play", "pause", "back", "on", "slider", "won", "ended", "help")
    words = {key: text(f"figure.flow.{key}", lang) for key in named}
    return {
        "stages": [_name((stages or {}).get(id, id)) for id in ids],
        "weeks": days,
        "deals": paths.to_numpy().tolist(),
        "counts": [
            [*(write.count(n, lang) for n in row[: len(ids)]),
             *(text("figure.flow.total", lang, n=write.count(n, lang)) for n in ended)]
            for row, ended in zip(counts.to_numpy().tolist(), so_far.to_numpy().tolist(), strict=True)
        ],
        "said": [_said(week, days[week], row, lang) for week, row in enumerate(counts.to_numpy().tolist())],
        "words": words | {"title": flow_words(weeks, lang), "dots": dots},
    }  # fmt: skip


def _name(name: str) -> list[str]:
    """A name in five short lines at most."""
    lines = theme.lines(name, 15)
    kept = lines if len(lines) <= 5 else [*lines[:4], " ".join(lines[4:])]
    return [theme.short(line, 16) for line in kept]


def _said(week: int, day: str, row: list[int], lang: str | None) -> str:
    *stages, won, gone = row
    facts = {"week": week, "open": sum(stages), "won": won, "gone": gone}
    told = {key: write.count(n, lang) for key, n in facts.items()}
    return text("figure.flow.said", lang, day=day, **told)
