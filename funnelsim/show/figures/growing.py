"""The picture of a process while it is designed, as SVG: the buyer above, the sale below, and what each step adds.

Nothing in it is alive and nothing comes from outside; it is told in words to those who do not see it.
"""

from __future__ import annotations

from html import escape

from funnelsim.labels import language, text
from funnelsim.labels import numbers as write
from funnelsim.scenario.model import Scenario
from funnelsim.show.figures import theme
from funnelsim.show.figures.picture import Band, bands

STEPS = ("buyer", "stages", "proof", "templates", "system")
"""The five steps of process design: look at the customer, at yourselves, at the process; templates; a system."""

_WIDE, _BUYER, _NAMES, _MIDDLE, _TALL = 1100, 4, 72, 142, 62
_FACTS, _HEIGHT = 194, 286
_COLOURS = {"upper": theme.SKY, "middle": theme.BLUE, "lower": theme.NAVY}
_SMALL = 'text-anchor="middle" font-size="12"'


def growing(scenario: Scenario, step: str = "system", lang: str | None = None) -> str:
    """The process up to one of `STEPS`, as an SVG that fits the width it is given."""
    lang = lang or language()
    reached, drawn = STEPS.index(step), bands(scenario, lang)
    column = _WIDE / len(drawn)
    told = "; ".join(f"{b.name}, {write.percent(b.advance_rate, lang, 0)}" for b in drawn)
    out = [
        f'<svg class="fs-growing" xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDE} {_HEIGHT}" '
        f'width="100%" role="img" lang="{lang}" style="max-width:1240px;display:block" '
        f'aria-label="{escape(text("design.picture_alt", lang, stages=told))}">',
        f'<g font-family="{escape(theme.FONT)}" font-size="13" fill="{theme.INK}">',
        *_buyers(scenario, column, reached > 0, lang),
        f'<g opacity="{1 if reached else 0.3}">',
    ]
    for at, band in enumerate(drawn):
        out += _stage(at, band, column, lang)[
            : None if reached else 1
        ]  # before its turn a shape without words
    out.append("</g>")
    rows = []
    if reached >= STEPS.index("proof"):
        rows.append([_proofs(len(stage.evidence), lang) for stage in scenario.stages])
    if reached >= STEPS.index("templates"):
        rows.append([_template(scenario, stage.id, lang) for stage in scenario.stages])
    for row, cells in enumerate(rows):
        for at, (said, colour) in enumerate(cells):
            for n, line in enumerate(_fitting(said, column, 2)):
                place = f'fill="{colour}" {_SMALL}'
                out.append(_at((at + 0.5) * column, _FACTS + 22 + 28 * row + 13 * n, line, place))
    if reached:  # what the short signs mean
        place = f'fill="{theme.FAINT}" font-size="12"'
        out.append(_at(4, _HEIGHT - 6, text("design.picture.legend", lang), place))
    if reached >= STEPS.index("system"):
        out.append(_at(4, _HEIGHT - 22, system_said(scenario, lang), 'font-size="13" font-weight="bold"'))
    return "\n".join([*out, "</g>", "</svg>"])


def _buyers(scenario: Scenario, column: float, joined: bool, lang: str) -> list[str]:
    """The buyer's steps in a row, and lines to the stages that go with them."""
    out: list[str] = []
    steps = scenario.buyer_stages
    if not steps:
        return out
    wide = _WIDE / len(steps)
    at_of = {step.id: at for at, step in enumerate(steps)}
    for at, step in enumerate(steps):
        x, tip = at * wide + 2, min(12.0, wide / 6)
        shape = f"M{x:.1f} {_BUYER}h{wide - 4 - tip:.1f}l{tip} 22l-{tip} 22h-{wide - 4 - tip:.1f}l{tip} -22z"
        out.append(f'<path d="{shape}" fill="{theme.tint(theme.OCHRE, 0.25)}" stroke="{theme.OCHRE}"/>')
        said = _fitting(step.name.say(lang), wide - 2.5 * tip, 3)
        for n, line in enumerate(said):
            y = _BUYER + 26 - 6.5 * (len(said) - 1) + 13 * n
            out.append(_at(at * wide + wide / 2 + tip / 3, y, line, 'text-anchor="middle" font-size="11.5"'))
    for at, stage in enumerate(scenario.stages if joined else ()):
        if stage.buyer_stage in at_of:
            here, there = (at + 0.5) * column, (at_of[stage.buyer_stage] + 0.5) * wide
            out.append(
                f'<path d="M{there:.1f} {_BUYER + 44}L{here:.1f} {_NAMES - 14}" stroke="{theme.OCHRE}" '
                'stroke-width="1.5" fill="none"/>'
            )
    return out


def _stage(at: int, band: Band, column: float, lang: str) -> list[str]:
    x, middle = at * column, (at + 0.5) * column
    top, end = _TALL * band.share_in / 2, _TALL * band.share_out / 2
    right = x + column - 3
    above = f"M{x:.1f} {_MIDDLE - top:.1f}L{right:.1f} {_MIDDLE - end:.1f}"
    shape = f"{above}V{_MIDDLE + end:.1f}L{x:.1f} {_MIDDLE + top:.1f}Z"
    out = [f'<path d="{shape}" fill="{_COLOURS[band.third]}"/>']
    named = _fitting(f"{at + 1} {band.name}", column, 3)
    for n, line in enumerate(named):
        out.append(_at(middle, _NAMES + 14 * n, line, f'{_SMALL} font-weight="bold"'))
    ink = theme.INK if band.third == "upper" else "white"
    if top > 9:
        share = write.percent(band.share_in, lang, 0)
        out.append(_at(x + 6, _MIDDLE + 4, share, f'fill="{ink}" font-size="12"'))
    facts = (
        text("design.picture.on", lang, share=write.percent(band.advance_rate, lang, 0)),
        text("design.picture.work", lang, hours=f"{band.hours:.3g}", days=f"{band.days:.3g}"),
    )
    for n, line in enumerate(facts):
        out.append(_at(middle, _FACTS - 12 + 15 * n, line, _SMALL))
    return out


def _proofs(count: int, lang: str) -> tuple[str, str]:
    if not count:
        return text("design.picture.no_proof", lang), "#B00020"
    return text("design.picture.proofs", lang, n=count), "#00684C"


def _template(scenario: Scenario, stage: str, lang: str) -> tuple[str, str]:
    templates = scenario.policies.templates
    factor = templates.hours_factor.get(stage)
    if factor is not None and factor != 1:
        return text("design.picture.template", lang, share=write.percent(1 - factor, lang, 0)), "#004B7A"
    return (
        text("design.picture.template_effect", lang) if stage in templates.effect_logit else ""
    ), "#004B7A"


def system_said(scenario: Scenario, lang: str) -> str:
    """What the system sees to, in a line."""
    policies, said = scenario.policies, []
    if policies.gates.on:
        said.append(text("design.picture.gates", lang))
    if policies.registration.required:
        said.append(text("design.picture.registered", lang))
    if policies.review.rule != "none":
        rule = text(f"design.choice.rule.{policies.review.rule}", lang)
        said.append(text("design.picture.review", lang, rule=rule))
    if policies.reminders.after is not None:
        said.append(text("design.picture.reminders", lang, after=f"{policies.reminders.after:g}"))
    if policies.files_hours:
        said.append(text("design.picture.files", lang, hours=f"{policies.files_hours:g}"))
    bare = text("design.picture.bare", lang)
    return text("design.picture.system", lang, said=" · ".join(said) if said else bare)


def _fitting(said: str, wide: float, most: int) -> list[str]:
    """A text in at most so many lines of a width; what is too long ends in an ellipsis."""
    columns = max(4, int(wide / 6.6))
    found = theme.lines(said, columns)
    return (
        found
        if len(found) <= most
        else [*found[: most - 1], theme.short(" ".join(found[most - 1 :]), columns)]
    )


def _at(x: float, y: float, said: str, more: str = "") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" {more}>{escape(said)}</text>'
