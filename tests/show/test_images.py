"""A figure as a picture file: the same figure, in three kinds, Chinese included; refused by name where it cannot be."""

from __future__ import annotations

import re
import struct

import pandas as pd
import pytest

from funnelsim.errors import RunError
from funnelsim.show import figures
from funnelsim.show.figures.theme import finish


def figure(title: str):
    """A figure with a title and a bar, whose words no picture may lose."""
    import plotly.graph_objects as go

    fig = go.Figure(go.Bar(x=[3, 5], y=["Ann", "Bob"], orientation="h"))
    return finish(fig, title, title, pd.DataFrame({"who": ["Ann", "Bob"]}), height=300)


@pytest.mark.parametrize("name", ["x.gif", "x", "x.png.exe"])
def test_another_ending_is_refused(tmp_path, name):
    with pytest.raises(RunError, match="no kind of picture"):
        figures.save(figure("x"), tmp_path / name)


def test_where_there_is_no_chromium_it_says_so(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("BROWSER_PATH", raising=False)
    with pytest.raises(RunError, match="drawn by Chromium, and none was found"):
        figures.save(figure("x"), tmp_path / "x.png")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("width", "scale"), [(0, 1.0), (100_000, 4.0), (1000, -1.0)])
def test_a_size_no_picture_has_is_refused(tmp_path, chromium, width, scale):
    with pytest.raises(RunError, match="cannot be drawn"):
        figures.save(figure("x"), tmp_path / "x.png", width=width, scale=scale)


@pytest.mark.browser
class TestPictures:
    def test_a_png_has_its_size_and_chinese_is_no_row_of_boxes(self, tmp_path, chromium, chinese_fonts):
        made = [
            figures.save(figure(title), tmp_path / f"{n}.png", width=500, scale=2).read_bytes()
            for n, title in enumerate(("客户拜访", "客户拜访", "技术方案"))
        ]
        for picture in made:
            assert picture.startswith(b"\x89PNG\r\n\x1a\n")
            assert struct.unpack(">II", picture[16:24]) == (1000, 600)
        assert made[0] == made[1], "the same figure is the same picture"
        assert made[0] != made[2], "four boxes for four letters would look alike"

    def test_an_svg_keeps_its_words_as_words(self, tmp_path, chromium):
        said = figures.save(figure("客户 <b>&"), tmp_path / "x.svg", height=420).read_text("utf-8")
        assert said.startswith("<svg")
        assert 'width="1000" height="420"' in said
        assert "客户" in said
        assert "<b>" not in said
        assert "<script" not in said
        assert {"Ann", "Bob"} <= set(re.findall(">([A-Z][a-z]+)<", said))

    def test_a_pdf_is_one_page_of_that_size_with_a_chinese_font_in_it(
        self, tmp_path, chromium, chinese_fonts
    ):
        made = figures.save(figure("客户拜访"), tmp_path / "x.pdf", width=800).read_bytes()
        assert made.startswith(b"%PDF-")
        assert len(re.findall(rb"/Type ?/Page\b", made)) == 1
        [box] = set(re.findall(rb"/MediaBox ?\[0 0 ([\d.]+) ([\d.]+)\]", made))
        assert [float(side) for side in box] == pytest.approx([600, 225], abs=1), (
            "800 by 300 pixels of 1/96 inch"
        )
        fonts = {name.decode() for name in re.findall(rb"/BaseFont ?/[A-Z]{6}\+([\w-]+)", made)}
        families = {family.replace(" ", "") for line in chinese_fonts for family in line.split(",")}
        assert any(font.startswith(family) for font in fonts for family in families), (fonts, families)
