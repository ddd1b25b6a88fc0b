"""The map of CRM modules names nothing that is not there."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest
from tree import ROOT

from funnelsim.cli import COMMANDS
from funnelsim.history.log import EVENTS
from funnelsim.labels import LANGUAGES, text
from funnelsim.labels.marked import renewed
from funnelsim.scenario.reference import keys
from funnelsim.show import crm, figures
from funnelsim.show.crm import MODULES, Module
from funnelsim.show.parameters import shipped_notebooks
from funnelsim.study.metrics import METRICS

EIGHT = {"lead_capture", "customer", "sfa", "activity", "process", "performance", "quote_order", "bi"}
KEYS = {path for path, *_ in keys()}


def test_p16_all_eight_modules_are_named_and_three_are_point_line_and_plane():
    assert {module.id for module in MODULES} == EIGHT
    assert len(MODULES) == 8
    assert {module.id: module.shape for module in MODULES if module.shape} == {
        "activity": "point", "process": "line", "performance": "plane",
    }  # fmt: skip


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.id)
def test_p16_what_represents_a_module_is_never_blank_and_really_exists(module: Module):
    for lang in LANGUAGES:
        assert text(f"design.crm.{module.id}.name", lang).strip()
        assert text(f"design.crm.{module.id}.represented", lang).strip()
    assert all((module.settings, module.events, module.metrics, module.seen))
    assert set(module.settings) <= KEYS
    assert set(module.events) <= set(EVENTS)
    assert set(module.metrics) <= METRICS.keys()
    for seen in module.seen:
        if seen.startswith("figures."):
            assert hasattr(figures, seen.removeprefix("figures.")), seen
        elif seen.startswith("funnelsim "):
            assert seen.split()[1] in COMMANDS
        else:
            assert (shipped_notebooks() / f"{seen}.ipynb").is_file(), seen


@pytest.mark.parametrize("lang", LANGUAGES)
def test_p16_the_map_for_people_has_no_empty_cell_but_the_shape(lang):
    table = crm.crm_modules(lang)
    assert len(table) == 8
    shapes = text("design.crm.form", lang)
    assert all(str(cell).strip() for name in table.columns if name != shapes for cell in table[name])


def test_p16_the_map_in_the_scenario_readme_is_the_one_in_the_package():
    page = (ROOT / "scenarios/README.md").read_text("utf-8")
    assert page == renewed(page, crm.MARKS, crm.page()), "python -m funnelsim.show.crm scenarios/README.md"


@pytest.mark.parametrize("lang", LANGUAGES)
def test_p16_the_picture_shows_all_eight_as_point_line_plane_and_what_stands_around_them(lang):
    shown = crm.picture(lang).data
    drawn = ElementTree.fromstring(figures.crm_svg(lang))
    said = "".join(drawn.itertext()).replace("\n", "").replace(" ", "")
    for module in MODULES:
        assert text(f"design.crm.{module.id}.name", lang).replace(" ", "") in said
        assert text(f"design.crm.{module.id}.represented", lang).replace(" ", "") in said
    for shape in ("point", "line", "plane"):
        assert text(f"design.crm.named.{shape}", lang, module="").replace(" ", "") in said
    assert drawn.attrib["aria-label"].startswith(text("design.crm.shapes", lang))
    assert text("design.crm.arrow.customer", lang) in drawn.attrib["aria-label"]
    assert shown.count("<tr>") == 9, "the table stands behind it"
    assert text("design.crm.shapes", lang) in shown
