"""What a table is, told by its header: which column plays which part, in English or Chinese.

A `Layout` names the columns of a known format. A new export is a new set of header words here, and,
where its rows mean something new, a reader of its own beside `twopoint` and `logtable`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from funnelsim.errors import HistoryError
from funnelsim.history.log import CODE

FORMATS = ("log", "two_point")

LOG_COLUMNS = (
    "opportunity",
    "time",
    "event",
    "stage",
    "owner",
    "amount",
    "source",
    "territory",
    "segment",
    "reason",
)

# Header words of each part, most telling first, as `header_word` leaves them.
WORDS: dict[str, str] = {
    "id": "opportunityid dealid recordid opportunitynumber id caseid opportunity deal opportunityname "
    "dealname topic 商机编号 机会编号 商机id 机会id 编号 项目编号 商机 机会 商机名称 机会名称 项目名称",
    "created": "engagedate engageddate createddate createdate creationdate datecreated createdon createdtime "
    "createtime createdat dealcreated created opendate dateopened opened startdate "
    "创建日期 创建时间 商机创建时间 商机创建日期 机会创建日期 建立日期 立项日期 开始日期 接触日期 跟进日期",
    "closed": "actualclosedate closedate closeddate closingdate dateclosed closedon closedat closedtime "
    "closetime closed enddate "
    "关闭日期 关闭时间 结单日期 实际结单日期 成交日期 实际成交日期 赢单日期 结束日期 完成日期",
    "status": "status dealstatus opportunitystatus outcome result state dealstage stage stagename "
    "salesstage currentstage "
    "状态 商机状态 机会状态 销售状态 结果 商机结果 阶段分类 销售阶段 商机阶段 当前阶段 阶段",
    "owner": "salesagent owner dealowner opportunityowner salesrep salesperson rep agent seller accountowner "
    "负责人 商机负责人 销售负责人 所有人 商机所有人 机会所有人 "
    "销售代表 销售人员 销售员 业务员 跟进人 客户经理 销售",
    "amount": "closevalue amount dealamount dealvalue actualrevenue value revenue contractvalue closeamount "
    "成交金额 合同金额 销售金额 商机金额 预计金额 预计销售金额 金额",
    "source": "source leadsource dealsource originalsource channel 来源 商机来源 机会来源 线索来源 渠道",
    "territory": "territory salesterritory region regionaloffice salesregion area province "
    "区域 销售区域 大区 地区 省份",
    "segment": "segment customersegment industry sector product productname "
    "行业 客户行业 细分 客户类型 产品 产品名称",
    "reason": "lostreason lossreason closedlostreason reason 输单原因 丢单原因 失败原因 关闭原因",
}  # fmt: skip
PARTS = {part: words.split() for part, words in WORDS.items()}
NEEDED = ("created", "closed", "status")

ENDING_WORDS: dict[str, str] = {
    "won": "won win closedwon closewon dealwon successful "
    "赢单 已赢单 赢 成交 已成交 中标 签约 已签约 签单 成功",
    "lost": "lost lose loss closedlost closelost deallost 输单 已输单 输 丢单 已丢单 失败 流失 未中标 未成交",
    "no_decision": "nodecision closednodecision abandoned cancelled canceled disqualified withdrawn "
    "noresponse dead 无决策 未决策 不了了之 放弃 已放弃 搁置 取消 已取消 作废 无效 终止 已终止",
    "closed": "closed closedunknown 关闭 已关闭 结束 已结束",
}
ENDINGS = {end: frozenset(words.split()) for end, words in ENDING_WORDS.items()}


@dataclass(frozen=True)
class Layout:
    """Which column plays which part, and which words mean which end."""

    format: str
    columns: dict[str, str]
    endings: dict[str, frozenset[str]] = field(default_factory=lambda: ENDINGS)
    order: tuple[str, ...] = ()
    """Stages from first to last, where the user says so."""


def header_word(name: str) -> str:
    """A header or status without case, separators, numbering and the prefix of Pipedrive's exports.

    >>> header_word("Deal - Owner"), header_word("6 - Closed Won"), header_word("close_date")
    ('owner', 'closedwon', 'closedate')
    """
    text = re.sub(r"^(deal|opportunity)\s+-\s+", "", name.strip().casefold())
    return re.sub(r"^\d+(?=\D)", "", re.sub(r"[\W_]+", "", text))


def recognise(table: pd.DataFrame, where: str, format: str = "auto", mapping: Any = None) -> Layout:
    """The layout of a table, by its header; the mapping's word counts more than a guess."""
    told = read_mapping(mapping)
    names = [str(name) for name in table.columns]
    columns: dict[str, str] = {}
    for part, header in told.items():
        if part in PARTS or part in LOG_COLUMNS:
            if header not in names:
                raise HistoryError.of(
                    where, "history_mapping_column", part, column=header, columns=", ".join(names)
                )
            columns[part] = header
    words = {}
    for name in reversed(names):
        words[header_word(name)] = name
    if format == "log" or (
        format == "auto" and {"time", "event"} <= words.keys() and _speaks_log(table[words["event"]])
    ):
        missing = [part for part in ("opportunity", "time", "event") if part not in words]
        if missing:
            raise HistoryError.of(where, "history_needs", needed=", ".join(missing), columns=", ".join(names))
        extra = ("replication", "view", "schema")
        return Layout(
            "log", {part: words[part] for part in (*LOG_COLUMNS, *extra) if part in words}, order=_order(told)
        )
    endings = {end: _words(told.get(end), known) for end, known in ENDINGS.items()}
    for part, known_words in PARTS.items():
        if part not in columns:
            found = [
                words[word] for word in known_words if word in words and words[word] not in columns.values()
            ]
            if part == "status":
                found.sort(key=lambda name: not _tells_ends(pd.Series(table[name]), endings))
            if found:
                columns[part] = found[0]
    missing = [part for part in NEEDED if part not in columns]
    if missing:
        code = "history_unrecognised" if format == "auto" else "history_needs"
        raise HistoryError.of(where, code, needed=", ".join(missing), columns=", ".join(names) or "-")
    return Layout("two_point", columns, endings, _order(told))


def read_mapping(mapping: Any) -> dict[str, Any]:
    """A mapping as a dict: given as one, or as the path of a YAML file."""
    if mapping is None:
        return {}
    where = "mapping"
    if isinstance(mapping, str | Path):
        where = str(mapping)
        try:
            mapping = YAML(typ="safe").load(Path(mapping).read_text("utf-8"))
        except (OSError, UnicodeDecodeError, YAMLError) as err:
            raise HistoryError.of(where, "history_unreadable", why=str(err).splitlines()[0][:200]) from err
    known = {*PARTS, *LOG_COLUMNS, *ENDINGS, "order"}
    if not isinstance(mapping, dict) or not set(mapping) <= known:
        wrong = (
            sorted(map(str, set(mapping) - known)) if isinstance(mapping, dict) else [type(mapping).__name__]
        )
        raise HistoryError.of(
            where, "history_mapping_key", given=", ".join(wrong), known=", ".join(sorted(known))
        )
    return mapping


def _order(told: dict[str, Any]) -> tuple[str, ...]:
    return tuple(str(stage) for stage in told.get("order") or ())


def _words(given: Any, known: frozenset[str]) -> frozenset[str]:
    if given is None:
        return known
    return frozenset(header_word(str(word)) for word in ([given] if isinstance(given, str) else given))


def _tells_ends(column: pd.Series, endings: dict[str, frozenset[str]]) -> bool:
    said = {header_word(value) for value in column.unique()}
    return bool(said & (endings["won"] | endings["lost"]))


def _speaks_log(column: pd.Series) -> bool:
    said = column[column != ""].unique()[:1000]
    return bool(len(said)) and sum(str(word).strip().lower() in CODE for word in said) * 2 > len(said)
