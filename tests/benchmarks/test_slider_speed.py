"""From the key on a slider to the new chart, in a real browser and JupyterLab. A row of the table beside it.

The clock is the page's: from the key going down to the first change within the charts (the first year is drawn)
and to the last one (the long run is drawn too). At the end fifteen quick moves: how often was work begun for them?
"""

from __future__ import annotations

import statistics

import pytest
import required
from lab import PanelPage, jupyter_lab

from funnelsim.engine import readiness

pytestmark = pytest.mark.benchmark
MOVES = [*[(1, 1)] * 8, (2, 1), *[(1, -1)] * 8, (2, 1), *[(1, 1)] * 6]
"""Number of a slider and the way it goes: no setting comes twice, for that answer would be at hand."""
BURST = 15
PANELS = {"start panel": "00_start.ipynb", "explorer": "planning/what_if.ipynb"}
WATCH = """() => {
    window.pressed = window.first = window.drawn = 0;
    document.addEventListener('keydown', () => {
        window.pressed = performance.now();
        window.first = window.drawn = 0;
    }, true);
    for (const chart of document.querySelectorAll('.fs-panel .fs-chart'))
        new MutationObserver(() => { window.drawn = performance.now(); window.first ||= window.drawn; })
            .observe(chart, { subtree: true, childList: true, attributes: true, characterData: true });
}"""


@pytest.mark.parametrize("panel_of", PANELS)
def test_from_a_slider_to_the_new_chart(benchmark, chromium, tmp_path, panel_of):
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        required.lacking("browser", "playwright is not installed")
    readiness.compile_once()
    took = []
    lab = jupyter_lab(tmp_path / "lab", {"panel": 50}, source=PANELS[panel_of])
    with lab as address, sync_playwright() as play:
        browser = play.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        panel = PanelPage(browser.new_page(viewport={"width": 1280, "height": 800}), address, "panel")
        panel.until_drawn()
        assert panel.ask("panel.worker_settled(120)") == "True"
        panel.page.evaluate(WATCH)
        for slider, way in MOVES:
            panel.page.wait_for_timeout(700)
            panel.move(slider, way)
            panel.until("() => window.drawn > 0")
            assert panel.ask("panel.worker_settled(60)") == "True"
            panel.page.wait_for_timeout(300)
            took.append(panel.page.evaluate("[window.first - window.pressed, window.drawn - window.pressed]"))
        before = int(panel.ask("panel._worker.started"))
        panel.move(1, -BURST)
        panel.page.wait_for_timeout(300)
        assert panel.ask("panel.worker_settled(60)") == "True"
        begun = int(panel.ask("panel._worker.started")) - before
        browser.close()
    benchmark.pedantic(lambda: None, rounds=len(MOVES))
    first, whole = ([times[at] / 1000 for times in took] for at in (0, 1))
    benchmark.extra_info.update(
        part="slider", panel=panel_of, first=statistics.median(first), whole=statistics.median(whole), most=max(whole),
        burst=BURST, begun=begun,
    )  # fmt: skip
