"""Header words and words of endings, English and Chinese: what columns and statuses are called in exports."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

# Header words of each part, most telling first, as `header_word` leaves them.
PARTS: dict[str, tuple[str, ...]] = {part: tuple(words.split()) for part, words in {
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
    "stage": "stage stagename tostage newstage stageto enteredstage salesstage dealstage pipelinestage phase step "
    "activity conceptname status newstatus state 阶段 销售阶段 商机阶段 当前阶段 变更后阶段 新阶段 状态 商机状态",
    "time": "time timestamp timetimestamp datetime date enteredat enteredon dateentered entrydate enteredstageon "
    "stagedate stageentered changedat changedate changetime changedon modifiedtime lastmodified stagechangedate "
    "stagechangetime eventtime 时间 日期 进入时间 进入日期 变更时间 变更日期 阶段变更时间 阶段更新时间 "
    "更新时间 修改时间",
    "from": "fromstage oldstage previousstage stagefrom 原阶段 变更前阶段",
    "owner": "salesagent owner dealowner opportunityowner salesrep salesperson rep agent seller accountowner "
    "负责人 商机负责人 销售负责人 所有人 商机所有人 机会所有人 "
    "销售代表 销售人员 销售员 业务员 跟进人 客户经理 销售",
    "amount": "closevalue amount dealamount dealvalue actualrevenue value revenue contractvalue closeamount "
    "estrevenue 成交金额 合同金额 销售金额 商机金额 预计金额 预计销售金额 金额",
    "source": "source leadsource dealsource originalsource channel 来源 商机来源 机会来源 线索来源 渠道",
    "territory": "territory salesterritory region regionaloffice salesregion area province "
    "区域 销售区域 大区 地区 省份",
    "segment": "segment customersegment industry sector product productname "
    "行业 客户行业 细分 客户类型 产品 产品名称",
    "reason": "lostreason lossreason closedlostreason reason 输单原因 丢单原因 失败原因 关闭原因",
}.items()}  # fmt: skip

GROUPS: dict[str, tuple[str, ...]] = {part: tuple(words.split()) for part, words in {
    "product": "product productname productline 产品 产品名称 产品线",
    "account": "account accountname company organization customer 客户 客户名称 公司",
    "manager": "manager salesmanager ownermanager 经理 销售经理 主管",
    "industry": "industry sector vertical 行业 客户行业",
    "type": "type dealtype opportunitytype 类型 机会类型 商机类型",
    "team": "team salesteam department ownerdepartment 团队 部门 销售团队",
    "country": "country countryregion 国家",
}.items()}  # fmt: skip
"""Further columns that tell groups of deals apart; they are kept beside the log."""

ENDINGS: dict[str, frozenset[str]] = {end: frozenset(words.split()) for end, words in {
    "won": "won win closedwon closewon dealwon successful wonclosed gewonnen gagné gagne ganado ganada vinto "
    "赢单 已赢单 赢 成交 已成交 中标 签约 已签约 签单 成功 赢单关闭",
    "lost": "lost lose loss closedlost closelost deallost lostclosed verloren perdu perdido perdida perso "
    "输单 已输单 输 丢单 已丢单 失败 流失 未中标 未成交 输单关闭",
    "no_decision": "nodecision closednodecision abandoned cancelled canceled disqualified withdrawn "
    "noresponse dead 无决策 未决策 不了了之 放弃 已放弃 搁置 取消 已取消 作废 无效 终止 已终止",
    "closed": "closed closedunknown 关闭 已关闭 结束 已结束",
}.items()}  # fmt: skip

_SECTORS = """
technology telecommunications finance financial banking insurance retail wholesale medical healthcare
pharmaceutical software hardware services consulting manufacturing automotive logistics transportation
education government energy utilities construction entertainment media marketing employment hospitality
agriculture chemicals electronics aerospace machinery industrial commercial enterprise
"""
SECTORS = frozenset(_SECTORS.split())
"""Words that often name a sector or a segment: a name one letter off is probably one of them."""

_CHAPTER = re.compile(r"^\d+(?=\D)")
_DOORS = ("closedwon", "closedlost", "closewon", "closelost")


def squeezed(name: str) -> str:
    """A header without case, separators and width, in full.

    >>> squeezed("Deal - Owner"), squeezed("Date entered \\"Closed Won\\"")
    ('dealowner', 'dateenteredclosedwon')
    """
    return re.sub(r"[\W_]+", "", unicodedata.normalize("NFKC", str(name)).casefold())


def header_word(name: str) -> str:
    """A header or status without case, separators, numbering and the prefix of Pipedrive's exports.

    >>> header_word("Deal - Owner"), header_word("6 - Closed Won"), header_word("close_date")
    ('owner', 'closedwon', 'closedate')
    """
    text = re.sub(r"^(deal|opportunity)\s+-\s+", "", str(name).strip().casefold())
    return _CHAPTER.sub("", squeezed(text))


def ending_of(label: str, endings: dict[str, frozenset[str]] = ENDINGS) -> str | None:
    """Which end a label names: `won`, `lost`, `no_decision`, `closed` where it does not say how, or none.

    >>> ending_of("Closed Won (Sales Pipeline)"), ending_of("Closed Lost to Competition"), ending_of("Offer")
    ('won', 'lost', None)
    """
    word = header_word(label)
    for end, words in endings.items():
        if word in words:
            return end
    if endings is ENDINGS:
        for door in _DOORS:
            if word.startswith(door):
                return "won" if door.endswith("won") else "lost"
    return None


def stage_of_column(name: str) -> str | None:
    """The stage of a column that holds the dates on which it was entered, or None.

    >>> stage_of_column('Date entered "Contract Sent (Sales Pipeline)"'), stage_of_column("Entered Offer on")
    ('Contract Sent (Sales Pipeline)', 'Offer')
    """
    for pattern in _WIDE:
        found = pattern.fullmatch(name.strip())
        if found and (stage := found[1].strip()):
            inner = _QUOTED.fullmatch(stage)
            return inner[1] if inner else stage
    return None


_QUOTED = re.compile("[\"'“‘「『](.+)[\"'”’」』]")


_WIDE = tuple(re.compile(pattern, re.I) for pattern in (
    r"date[ _]entered[ _:]+(.+)", r"hs_(?:v2_)?date_entered_(.+)", r"entered[ _](.+?)(?:[ _](?:on|at|date))?",
    r"(.+?)[ _]entered(?:[ _](?:on|at|date))?", r"(.+?)[ _]entry[ _]date",
    r"进入[“\"「]?(.+?)[”\"」]?(?:的)?(?:日期|时间)",
    r"(.+?)进入(?:日期|时间)",
))  # fmt: skip


def first_of(words: Iterable[str], names: dict[str, str]) -> str | None:
    """The column of the first of these header words that there is."""
    return next((names[word] for word in words if word in names), None)
