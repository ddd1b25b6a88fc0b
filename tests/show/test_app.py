"""`funnelsim app`: which notebook, at which address, and a template that asks nothing of other places."""

from __future__ import annotations

import re
import socket

import pytest
from click.testing import CliRunner
from served import app

from funnelsim import labels
from funnelsim.cli import main
from funnelsim.errors import RunError
from funnelsim.show import app as show_app
from funnelsim.show.parameters import shipped_notebooks


@pytest.mark.parametrize("name", ["what_if", "planning/what_if", "planning/what_if.ipynb"])
def test_a_shipped_notebook_is_served_as_a_copy_in_the_folder(name, tmp_path):
    served = show_app.served_file(name, tmp_path / "room")
    assert served == tmp_path / "room" / "planning" / "what_if.ipynb"
    assert served.read_bytes() == (shipped_notebooks() / "planning" / "what_if.ipynb").read_bytes()
    served.write_text("mine", "utf-8")
    assert show_app.served_file(name, tmp_path / "room").read_text("utf-8") == "mine", "what is there stays"


def test_a_notebook_of_ones_own_is_served_where_it_lies(tmp_path):
    own = tmp_path / "own.ipynb"
    own.write_text("{}", "utf-8")
    assert show_app.served_file(str(own), tmp_path / "room") == own
    assert not (tmp_path / "room").exists()


@pytest.mark.parametrize("lang", labels.LANGUAGES)
def test_an_unknown_notebook_is_one_line_with_the_known_and_the_nearest(lang, tmp_path):
    told = CliRunner().invoke(
        main, ["app", "waht_if", "--no-browser", "--lang", lang, "--folder", str(tmp_path)]
    )
    assert told.exit_code == 1
    said = told.stderr.strip()
    assert "\n" not in said
    assert all(name in said for name in ("00_start", "planning/what_if", "reports/comparison"))
    assert {"en": "'planning/what_if'?", "zh": "“planning/what_if”"}[lang] in said


def test_one_notebook_or_all():
    told = CliRunner().invoke(main, ["app", "what_if", "--all"])
    assert told.exit_code == 2
    assert "--all" in told.stderr


def test_a_port_that_is_named_must_be_free_and_the_usual_one_gives_way():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(RunError, match=f"127.0.0.1:{port}"):
            show_app.free_port("127.0.0.1", port)
        assert show_app.free_port("127.0.0.1", None) >= show_app.PORT
    with pytest.raises(RunError, match="--ip"):
        show_app.free_port("203.0.113.7", None)


@pytest.mark.parametrize(
    ("ip", "own"),
    [("127.0.0.1", True), ("::1", True), ("localhost", True), ("0.0.0.0", False), ("10.0.0.5", False)],
)
def test_only_this_computers_own_addresses_are_closed_to_others(ip, own):
    assert show_app.is_loopback(ip) is own


def test_every_page_is_listed_with_its_title_in_both_languages(tmp_path):
    show_app.served_file("what_if", tmp_path)
    rows = {path: (en, zh) for path, en, zh in show_app.listed(tmp_path)}
    assert rows["00_start.ipynb"] == ("Start here: a tour in five minutes", "从这里开始：五分钟导览")
    assert len(rows) == len([p for p in shipped_notebooks().rglob("*.ipynb") if "checkpoint" not in str(p)])


def test_the_template_names_no_other_place_and_holds_no_words_of_its_own():
    parts = sorted(show_app.TEMPLATES.rglob("*.*"))
    assert len(parts) >= 6
    for part in parts:
        told = part.read_text("utf-8")
        assert not re.search(r"https?:|//\w+\.\w|@import|@font-face", told), part
        assert not re.search("[\u4e00-\u9fff]", told), part


def test_who_listens_for_others_asks_them_for_a_key(tmp_path):
    with app(tmp_path, "--ip", "0.0.0.0") as served:
        key = re.search(r"token=(\S+)", served.said())
        assert key
        status, said = served.get()
        assert labels.text("app.starting") not in said, status
        status, _ = served.get(f"/voila/static/plotly.min.js?token={key.group(1)}")
        assert status == 200
