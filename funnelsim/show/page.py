"""An executed notebook as one HTML file that needs no network: no code, charts alive, tables behind them.

The notebook keeps its charts as plain Plotly data; here they become chart and table, and plotly.js is
written into the file once, however many charts there are. A policy in the head of the page forbids
every request, so a page stays harmless whatever text a user typed.
"""

from __future__ import annotations

import re
from copy import deepcopy
from html import escape
from typing import Any

import pandas as pd
from nbconvert import HTMLExporter
from nbformat import NotebookNode
from plotly.offline import get_plotlyjs

from funnelsim.labels import text
from funnelsim.show import tables
from funnelsim.show.harmless import POLICY, script

PLOTLY = "application/vnd.plotly.v1+json"
VIEW = "application/vnd.jupyter.widget-view+json"
_WIDGETS = (VIEW, "application/vnd.jupyter.widget-state+json")
NOT_IN_PAGE = "not_in_page"
"""Tag of a cell that is for readers of the notebook alone."""

_TEMPLATE = """
{%- extends 'lab/index.html.j2' -%}
{%- block html_head_js -%}<meta http-equiv="Content-Security-Policy" content="_POLICY__">{%- endblock -%}
{%- block html_head_js_mathjax -%}{%- endblock -%}
{%- block html_head_js_mermaidjs -%}{%- endblock -%}
{%- block jupyter_widgets -%}{%- endblock -%}
{%- block html_head_css -%}<style>__STYLE__</style>{%- if resources.funnelsim_charts -%}
<script>{{ resources.funnelsim_plotly }}</script>{%- endif -%}{%- endblock -%}
"""

STYLE = """
body.jp-Notebook { max-width: 1060px; margin: 0 auto; padding: 12px 28px 60px;
  overflow: visible; height: auto;
  font-family: "Helvetica Neue", Arial, "Noto Sans CJK SC", "Noto Sans SC", "PingFang SC", "Microsoft YaHei",
  "WenQuanYi Micro Hei", sans-serif; color: #20262E; background: white; }
body .jp-RenderedHTMLCommon, .fs-block { font-family: inherit; font-size: 15px; line-height: 1.55;
  color: #20262E; }
.jp-InputPrompt, .jp-OutputPrompt { display: none; }
.jp-Cell, .jp-MarkdownOutput { padding: 0 !important; margin: 0; }
body .jp-RenderedHTMLCommon { padding-right: 0; }
.jp-OutputArea-output { padding: 0 !important; overflow-x: auto; overflow-y: hidden; }
body .jp-RenderedHTMLCommon h1 { font-size: 26px; margin: 18px 0 6px; }
body .jp-RenderedHTMLCommon h2 { font-size: 20px; margin: 34px 0 8px; padding-top: 12px;
  border-top: 1px solid #E3E7EC; }
.fs-table, body .jp-RenderedHTMLCommon table.fs-table { border-collapse: collapse; font-size: 13.5px;
  margin: 8px 0 14px; table-layout: auto; }
.fs-table caption { text-align: left; color: #6B7480; padding: 4px 0; }
body .jp-RenderedHTMLCommon .fs-table th, body .jp-RenderedHTMLCommon .fs-table td { text-align: left;
  vertical-align: top; padding: 4px 14px 4px 0;
  border-bottom: 1px solid #E3E7EC; white-space: normal; max-width: 420px; }
body .jp-RenderedHTMLCommon .fs-table .num { text-align: right;
  font-variant-numeric: tabular-nums; padding-left: 14px; }
.fs-answer { border-left: 5px solid #0072B2; background: #F4F7FA; padding: 10px 18px; margin: 8px 0; }
.fs-answer p { margin: 5px 0; font-size: 16px; }
body .jp-RenderedHTMLCommon .fs-facts td { max-width: none; }
.fs-note { color: #4A525C; }
.fs-chart { margin: 6px 0 2px; }
details { margin: 2px 0 12px; } summary { cursor: pointer; color: #4A525C; font-size: 13.5px; }
@page { size: A3; margin: 9mm 8mm; }
@media print { details { display: none; } .fs-chart, .fs-answer, tr { break-inside: avoid; }
  h1, h2, h3, .jp-MarkdownCell { break-after: avoid; } body.jp-Notebook { max-width: none; padding: 0; } }
""".strip()


def page(notebook: NotebookNode, title: str, lang: str) -> str:
    """The HTML page of an executed notebook in one language."""
    ready, charts = _ready(notebook, lang)
    exporter = HTMLExporter(
        raw_template=_TEMPLATE.replace("_POLICY__", POLICY).replace("__STYLE__", STYLE),
        template_name="lab",
        exclude_input=True,
        exclude_input_prompt=True,
        exclude_output_prompt=True,
        require_js_url="",
        mathjax_url="",
        mermaid_js_url="",
        language_code="zh-CN" if lang == "zh" else "en",
    )
    ready.metadata["title"] = title
    resources = {
        "metadata": {"name": title},
        "funnelsim_charts": charts,
        "funnelsim_plotly": get_plotlyjs() if charts else "",
    }
    body, _ = exporter.from_notebook_node(ready, resources=resources)
    return body


def _ready(notebook: NotebookNode, lang: str) -> tuple[NotebookNode, int]:
    """A copy with charts as HTML, one language, no widgets and no words of the kernel's standard error."""
    ready = deepcopy(notebook)
    ready.metadata.pop("widgets", None)
    ready.cells = [cell for cell in ready.cells if NOT_IN_PAGE not in cell.metadata.get("tags", [])]
    charts = 0
    for cell in ready.cells:
        if cell.cell_type == "markdown":
            cell.source = in_language(cell.source, lang)
            continue
        if cell.cell_type != "code":
            continue
        kept = []
        for output in cell.outputs:
            data = output.get("data", {})
            if output.output_type == "stream" and output.get("name") == "stderr":
                continue
            if any(kind in data for kind in _WIDGETS):
                continue
            if PLOTLY in data:
                charts += 1
                output["data"] = NotebookNode({"text/html": chart(data[PLOTLY], f"chart-{charts}", lang)})
            kept.append(output)
        cell.outputs = kept
    return ready, charts


def chart(figure: dict[str, Any], name: str, lang: str) -> str:
    """A chart that draws itself where plotly.js is on the page, with its words and the table behind it."""
    layout = dict(figure.get("layout", {}))
    meta = layout.get("meta") or {}
    alt = str(meta.get("alt", ""))
    behind = ""
    if meta.get("table", {}).get("rows"):
        table = pd.DataFrame(
            [list(row) for row in meta["table"]["rows"]], columns=list(meta["table"]["head"])
        )
        said = escape(text("report.numbers", lang))
        behind = f"<details><summary>{said}</summary>{tables.html(table)}</details>"
    height = int(layout.get("height") or 380)
    config = {"responsive": True, "displaylogo": False, "displayModeBar": False}
    parts = ", ".join(script(part) for part in (figure.get("data", []), layout, config))
    return (
        f'<figure class="fs-chart" role="img" aria-label="{escape(alt)}" style="margin:0">'
        f'<div id="{name}" style="width:100%;height:{height}px"></div></figure>'
        f'<script>Plotly.newPlot("{name}", {parts});</script>{behind}'
    )


def in_language(markdown: str, lang: str) -> str:
    """One language of a text whose lines are written `English · 中文`; other lines stay as they are.

    >>> in_language("## What is fitted · 拟合结果", "zh")
    '## 拟合结果'
    >>> in_language("<details><summary>For the trainer · 给培训师</summary>", "en")
    '<details><summary>For the trainer</summary>'
    """
    out = []
    for line in markdown.splitlines():
        start = re.match(r"\s*(#+ |[-*] |\d+\. |> |(<[^>]+>)+)?", line)
        end = re.search(r"(<[^>]+>)*\s*$", line)
        lead, tail = start.group(0) if start else "", end.group(0) if end else ""
        halves = line[len(lead) : len(line) - len(tail)].split(" · ")
        out.append(lead + halves[0 if lang == "en" else 1] + tail if len(halves) == 2 else line)
    return "\n".join(out)
