"""The formats that are read and written: one entry each, told apart by the header.

To read a new export, add an entry: which columns its header must have (`tells`), which column plays which part,
how exactly it tells time, and what it cannot carry. Four kinds of table are known: `log` (a row an event),
`moves` (a row a stage entered), `changes` (a row a changed field) and `deals` (a row a deal, with or without
the dates on which each stage was entered). The table in README.md is made from this one:

    python -m funnelsim.history.formats
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from funnelsim.history.words import squeezed

LOG_COLUMNS = (
    "opportunity", "time", "event", "stage", "owner", "amount", "source", "territory", "segment", "reason",
)  # fmt: skip
NAMED_PARTS = ("owner", "amount", "source", "territory", "segment", "reason")
NEEDS = {
    "log": ("opportunity", "time", "event"),
    "moves": ("id", "stage", "time"),
    "changes": ("id", "field", "stage", "time"),
    "deals": ("created", "closed", "status"),
}
"""Parts without which a table of each kind cannot be read."""


@dataclass(frozen=True)
class Format:
    """An export: how it is recognised, read, written, and what gets lost in it."""

    name: str
    title: str
    kind: str
    tells: str = ""
    """Columns that this export has and no other, separated by `|`; none for formats known by their words."""
    columns: dict[str, str] = field(default_factory=dict)
    """Part -> column, several separated by `|`, the first that is there counts; no entry: common words."""
    header: str = ""
    """Columns in the order of the export; what is not written stays empty. `{stages}`: two for each stage."""
    times: str = "second"
    """How exactly moments are told: day, minute, second, millisecond or microsecond."""
    stamp: str = "%Y-%m-%d %H:%M:%S"
    """How moments are written."""
    encoding: str = "utf-8"
    loses: tuple[str, ...] = ()
    """What it cannot carry beside the parts it has no column for."""
    says: tuple[str, str, str, str] = ("Closed Won", "Closed Lost", "Closed No Decision", "")
    """Label or status of a deal won, lost, without a decision, open; '' for the stage it is in."""
    undecided: str = ""
    """The reason by which no decision is told, where the status calls it lost."""

    @property
    def stages(self) -> str:
        """`stages` where it tells when each was entered, else `two points`."""
        return "two points" if self.kind == "deals" and "entered" not in self.columns else "stages"

    @property
    def cannot(self) -> tuple[str, ...]:
        """What a history loses when it is written in this format."""
        if self.kind == "log":
            return self.loses
        missing = [part for part in NAMED_PARTS if part not in self.columns]
        points = ["moves between stages"] if self.stages == "two points" else []
        earlier = "earlier owners and amounts" if self.kind == "deals" else "earlier amounts"
        return (*points, *missing, *self.loses, earlier, "end of the record")

    def column(self, part: str, names: dict[str, str]) -> str | None:
        """The column of a part among `names` (squeezed -> as it stands)."""
        for wanted in self.columns.get(part, "").split("|"):
            if wanted and squeezed(wanted) in names:
                return names[squeezed(wanted)]
        return None

    def fits(self, names: dict[str, str]) -> bool:
        """Whether the header has all that tells this format."""
        return bool(self.tells) and all(squeezed(name) in names for name in self.tells.split("|"))


_SF_HISTORY = (
    "Id|OpportunityId|CreatedById|CreatedDate|CreatedDateForInsert|StageName|Amount|ExpectedRevenue|CloseDate"
)
_PIPEDRIVE = (
    "ID|Title|Creator|Owner|Value|Currency of Value|Weighted value|Currency of Weighted value|Probability|Organization|"
    "Organization ID|Pipeline|Contact person|Contact person ID|Stage|Label|Status|Deal created|Update time|"
    "Last stage change|Next activity date|Last activity date|Won time|Last email received|Last email sent|Lost time|"
    "Deal closed on|Lost reason|Visible to|Total activities|Done activities|Activities to do|Email messages count|"
    "Expected close date|Product quantity|Product amount|Product name|Source origin|Source origin ID|Source channel|"
    "Source channel ID|Archive status|Archive time"
)  # fmt: skip
_ONCE = "a stage entered again (its last date stands)"
_UNMOVED = "the stage of a deal that never moved (taken for the usual first one)"
_HIDDEN = "deals reopened"
_STATUS = ("Won", "Lost", "No decision", "Open")
_DEAL = {part: part for part in ("id", "created", "closed", "status", *NAMED_PARTS)}

FORMATS: tuple[Format, ...] = (
    Format(
        "log", "The log of funnelsim (CSV, Parquet, XLSX, XES)", "log", "opportunity|time|event",
        {part: part for part in LOG_COLUMNS}, "|".join(LOG_COLUMNS), "microsecond",
    ),
    Format(
        "salesforce_history", "Salesforce, OpportunityHistory of the data export", "moves",
        "OpportunityId|StageName|CreatedDate",
        {"id": "OpportunityId", "time": "CreatedDate", "stage": "StageName", "amount": "Amount",
         "deleted": "IsDeleted"},
        _SF_HISTORY + "|Probability|FromForecastCategory|ForecastCategory|PrevForecastUpdate|FromOpportunityStageName|"
        "PrevOpportunityStageUpdate|CurrencyIsoCode|ValidThroughDate|SystemModstamp|IsDeleted|PrevAmount|PrevCloseDate",
        "millisecond", "%Y-%m-%dT%H:%M:%S.%fZ",
    ),
    Format(
        "salesforce_history_report", "Salesforce, report Opportunity History", "moves",
        "From Stage|To Stage|Last Modified",
        {"id": "Opportunity ID|Opportunity Name", "time": "Last Modified", "stage": "To Stage", "from": "From Stage",
         "created": "Created Date", "owner": "Opportunity Owner", "amount": "Amount", "source": "Lead Source"},
        "Opportunity Name|Opportunity Owner|Lead Source|Amount|From Stage|To Stage|Last Modified", "minute",
        "%m/%d/%Y %I:%M %p", "utf-16", ("deals of one name told apart",),
    ),
    Format(
        "salesforce_field_history_report", "Salesforce, report Opportunity Field History", "changes",
        "Field / Event|Old Value|New Value|Edit Date",
        {"id": "Opportunity ID|Opportunity Name", "time": "Edit Date", "field": "Field / Event", "stage": "New Value",
         "from": "Old Value", "owner": "Opportunity Owner", "source": "Lead Source", "amount": "Amount"},
        "Opportunity Name|Opportunity Owner|Lead Source|Amount|Field / Event|Old Value|New Value|Edit Date", "minute",
        "%m/%d/%Y %I:%M %p", "utf-16", ("deals of one name told apart", _UNMOVED),
    ),
    Format(
        "salesforce_field_history", "Salesforce, OpportunityFieldHistory of the API", "changes",
        "OpportunityId|Field|OldValue|NewValue",
        {"id": "OpportunityId", "time": "CreatedDate", "field": "Field", "stage": "NewValue", "from": "OldValue",
         "deleted": "IsDeleted"},
        "Id|OpportunityId|CreatedById|CreatedDate|Field|OldValue|NewValue|IsDeleted", "millisecond",
        "%Y-%m-%dT%H:%M:%S.%fZ", loses=(_UNMOVED,),
    ),
    Format(
        "hubspot", "HubSpot, deals with all properties", "deals", "Record ID|Deal Name|Deal Stage|Create Date",
        {"id": "Record ID", "created": "Create Date", "closed": "Close Date", "status": "Deal Stage",
         "owner": "Deal owner", "amount": "Amount", "reason": "Closed Lost Reason", "entered": "Date entered"},
        "Record ID|Deal Name|Deal Stage|Pipeline|Amount|Close Date|Create Date|Deal owner|Deal Type|Closed Lost Reason|"
        "Closed Won Reason|Last Activity Date|{stages}",
        "minute", "%Y-%m-%d %H:%M", loses=(_ONCE, _HIDDEN),
    ),
    Format(
        "pipedrive", "Pipedrive, deals", "deals", "Deal - Title|Deal - Status|Deal - Deal created",
        {"id": "Deal - ID|Deal - Title", "created": "Deal - Deal created", "closed": "Deal - Deal closed on",
         "won_time": "Deal - Won time", "lost_time": "Deal - Lost time", "status": "Deal - Status",
         "owner": "Deal - Owner", "amount": "Deal - Value", "reason": "Deal - Lost reason",
         "source": "Deal - Source origin"},
        "|".join(f"Deal - {name}" for name in _PIPEDRIVE.split("|")),
        loses=(_HIDDEN,), says=("won", "lost", "lost", "open"), undecided="No decision",
    ),
    Format(
        "pipedrive_import", "Pipedrive, reference file of the import", "deals",
        "Deal - Title|Deal - Status|Deal - Creation date",
        {"id": "Deal - Pipedrive System ID|Deal - Title", "created": "Deal - Creation date",
         "closed": "Deal - Closed on", "won_time": "Deal - Won time", "lost_time": "Deal - Lost time",
         "status": "Deal - Status", "owner": "Deal - Owner", "amount": "Deal - Value", "reason": "Deal - Lost reason"},
        "Deal - Title|Deal - Value|Organization|Contact person|Deal - Owner|Deal - Stage (pipeline)|"
        "Deal - Expected close date|Deal - Currency of value|Deal - Label|Deal - Creation date|Deal - Closed on|"
        "Deal - Lost reason|Deal - Lost time|Deal - Probability|Deal - Status|Deal - Won time|Deal - Visible to|"
        "Deal - Pipedrive System ID",
        loses=(_HIDDEN,), says=("won", "lost", "lost", "open"), undecided="No decision",
    ),
    Format(
        "zoho_history", "Zoho, stage history of the backup", "moves", "Deal Name.id|Stage|Moved To|Modified Time",
        {"id": "Deal Name.id", "time": "Modified Time", "stage": "Stage", "amount": "Amount"},
        "Record Id|Deal Name.id|Deal Name|Stage|Stage Duration (Calendar Days)|Probability (%)|Moved To|Amount|"
        "Expected Revenue|Closing Date|Modified By.id|Modified By|Modified Time",
    ),
    Format(
        "zoho_history_report", "Zoho, report on stage history", "moves",
        "Stage (Stage History)|Modified Time (Stage History)",
        {"id": "Record Id|Opportunity Name|Deal Name", "time": "Modified Time (Stage History)",
         "stage": "Stage (Stage History)", "owner": "Opportunity Owner|Deal Owner", "source": "Lead Source",
         "amount": "Amount (Stage History)"},
        "Opportunity Owner|Opportunity Name|Stage (Stage History)|Pipeline|Lead Source|Amount (Stage History)|"
        "Stage Duration (Calendar Days)|Modified Time (Stage History)",
        loses=("deals of one name told apart",),
    ),
    Format(
        "zoho", "Zoho, deals", "deals", "Record Id|Deal Name|Stage|Closing Date|Created Time",
        {"id": "Record Id", "created": "Created Time", "closed": "Closing Date", "status": "Stage",
         "owner": "Deal Owner", "amount": "Amount", "source": "Lead Source", "reason": "Reason For Loss"},
        "Record Id|Deal Name|Deal Owner.id|Deal Owner|Stage|Amount|Probability (%)|Closing Date|Type|Next Step|"
        "Description|Created Time|Modified Time|Last Activity Time",
        "day", loses=("source", "reason", "the day a deal was closed, where nobody mended the planned one"),
    ),
    Format(
        "dynamics", "Dynamics 365, opportunities", "deals", "Topic|Status|Actual Close Date|Created On",
        {"id": "(Do Not Modify) Opportunity|Topic", "created": "Created On", "closed": "Actual Close Date",
         "status": "Status", "reason": "Status Reason", "amount": "Actual Revenue", "amount_else": "Est. revenue",
         "owner": "Owner", "source": "Lead Source"},
        "(Do Not Modify) Opportunity|(Do Not Modify) Row Checksum|(Do Not Modify) Modified On|Topic|Account|Contact|"
        "Description|Status|Status Reason|Sales Stage|Pipeline Phase|Probability|Rating|Est. close date|Est. revenue|"
        "Actual Close Date|Actual Revenue|Forecast Category|Created On|Modified On",
        "day", loses=("owner", "source", "reason", _HIDDEN), says=("Won", "Lost", "Lost", "Open"), undecided="Canceled",
    ),
    Format(
        "xiaoshouyi", "销售易 (Neocrm), opportunities", "deals", "阶段分类|结单日期|实际周期",
        {"id": "机会编号|商机编号|机会名称|商机名称", "created": "创建日期|创建时间", "cycle": "实际周期",
         "closed": "结单日期", "changed": "阶段更新时间", "status": "阶段分类",
         "owner": "机会所有人|商机所有人|所有人|负责人", "amount": "销售金额",
         "source": "机会来源|商机来源", "reason": "输单描述|输单原因"},
        "机会编号|机会名称|机会类型|机会来源|销售阶段|阶段更新时间|阶段分类|赢率|销售金额|预测金额|项目预算|结单日期|"
        "输单阶段|输单描述|赢单原因|赢单描述|标准周期|实际周期|价格表名称",
        "day", "%Y-%m-%d", "gb18030", ("owner", _HIDDEN), ("赢单", "输单", "输单", "进行中"), "无决策",
    ),
    Format(
        "fxiaoke", "纷享销客 (fxiaoke), NewOpportunityObj", "deals", "sales_stage|sales_status|create_time|close_date",
        {"id": "_id|name", "created": "create_time", "closed": "close_date", "ended": "stg_changed_time",
         "status": "sales_status__r|sales_status", "owner": "owner__r|owner", "amount": "amount",
         "deleted": "is_deleted"},
        "_id|name|amount|close_date|account_id|account_id__r|sales_stage|sales_stage__r|sales_status|sales_status__r|"
        "sales_process_id|sales_process_id__r|probability|probability_amount|owner|owner__r|owner_department_id|"
        "owner_department|create_time|created_by|last_modified_time|last_followed_time|stg_changed_time|cost_time|"
        "life_status|is_deleted|record_type",
        "millisecond", "epoch", loses=(_HIDDEN,), says=("赢单", "输单", "无效", "进行中"),
    ),
    Format(
        "mining", "Process mining, CSV or XES of other tools", "moves",
        "case:concept:name|concept:name|time:timestamp",
        {"id": "case:concept:name", "time": "time:timestamp", "stage": "concept:name", "owner": "org:resource",
         "amount": "case:amount|amount", "source": "case:source|source",
         "territory": "case:territory|territory", "segment": "case:segment|"
        "segment", "lifecycle": "lifecycle:transition"},
        "case:concept:name|concept:name|time:timestamp|org:resource|case:amount|case:source|case:territory|case:segment",
        "microsecond", "%Y-%m-%dT%H:%M:%S.%fZ",
    ),
    Format(
        "stage_history", "A stage history: deal, stage, time", "moves", "",
        {part: part for part in ("id", "stage", "time", "owner", "amount", "source", "territory", "segment", "reason")},
        "id|stage|time|owner|amount|source|territory|segment|reason", "second",
    ),
    Format(
        "wide", "A row a deal, with the date each stage was entered", "deals", "",
        _DEAL | {"entered": "Date entered"},
        "id|created|closed|status|owner|amount|source|territory|segment|reason|{stages}", "second",
        loses=(_ONCE, _HIDDEN), says=_STATUS,
    ),
    Format(
        "two_point", "A row a deal: created, closed, how", "deals", "",
        _DEAL,
        "id|created|closed|status|owner|amount|source|territory|segment|reason", "second", loses=(_HIDDEN,),
        says=_STATUS,
    ),
)  # fmt: skip

BY_NAME = {format.name: format for format in FORMATS}
NAMES = tuple(BY_NAME)

_BEGIN, _END = "<!-- formats: begin -->", "<!-- formats: end -->"


def table() -> str:
    """The formats as a table for README.md."""
    lines = ["| `--format` | what | told by | stages | times | cannot carry |", "|---|---|---|---|---|---|"]
    for one in FORMATS:
        told = ", ".join(f"`{name}`" for name in one.tells.split("|") if name) or "its words"
        lost = ", ".join(dict.fromkeys(one.cannot)) or "nothing"
        lines.append(f"| `{one.name}` | {one.title} | {told} | {one.stages} | {one.times} | {lost} |")
    return "\n".join(lines)


def with_table(readme: str) -> str:
    """The text of README.md with the table made anew."""
    before, _, rest = readme.partition(_BEGIN)
    return f"{before}{_BEGIN}\n{table()}\n{_END}{rest.partition(_END)[2]}"


def main() -> None:
    path = Path(__file__).with_name("README.md")
    path.write_text(with_table(path.read_text("utf-8")), "utf-8")


if __name__ == "__main__":
    main()
