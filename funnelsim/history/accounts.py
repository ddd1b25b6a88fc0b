"""Customer files: a table of accounts, and how complete each of them is.

The ten fields are those of the article on the standard process: name, address, contact way, business state,
current progress, potential projects, ambitions, character, preferences, strengths. A company's mean
completeness is what `behaviour.files_completeness` of a scenario asks for.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from funnelsim.errors import HistoryError
from funnelsim.history.quality import Quality
from funnelsim.history.sheets import read_sheet, shown
from funnelsim.history.words import squeezed

FIELDS: dict[str, tuple[str, ...]] = {field: tuple(words.split()) for field, words in {
    "name": "name account accountname company companyname customer customername 名称 客户名称 公司名称 客户 公司",
    "address": "address companyaddress billingaddress street 地址 客户地址 公司地址",
    "contact_way": "contactway contact contacts phone telephone email mobile 联系方式 电话 联系电话 手机 邮箱 联系人",
    "business_state": "businessstate businesscondition businessstatus state 经营状况 经营情况 业务状况",
    "current_progress": "currentprogress progress status stage 目前进展 当前进展 进展 项目进展",
    "potential_projects": "potentialprojects projects opportunities 潜在项目 项目机会 潜在需求",
    "ambitions": "ambitions ambition goals aspirations 抱负 志向 目标 理想",
    "character": "character personality 性格 个性",
    "preferences": "preferences preference hobbies likes 爱好 喜好 偏好 兴趣",
    "strengths": "strengths strength 特长 优势 强项",
}.items()}  # fmt: skip
"""Words of a header for each field, as `words.squeezed` leaves them."""


def read_accounts(path: str | Path) -> pd.DataFrame:
    """The accounts of a CSV, xlsx or Parquet file, with the share of the ten fields that is filled in.

    One row an account, in the order of the file: the fields of FIELDS as text, empty where the file has no
    such column or nothing stands in it, and `completeness` from 0 to 1. Rows without a name are left out.
    Texts such as `N/A`, `unknown` and `-` count as nothing. A last row with one cell is taken for the footer of a
    report, as in all exports.

    HistoryError when no column names the accounts.
    """
    words = [word for known in FIELDS.values() for word in known]
    sheet = read_sheet(path, Quality(), mapped=words)
    by_word = {squeezed(column): column for column in reversed(sheet.names)}
    found = {
        field: next((by_word[word] for word in known if word in by_word), None)
        for field, known in FIELDS.items()
    }
    if found["name"] is None:
        raise HistoryError.of(str(path), "accounts_no_name", columns=shown(sheet.names))
    table = {}
    for field, column in found.items():
        if column is None:
            table[field] = np.full(len(sheet), "", object)
            continue
        cells = sheet[column]
        empty = cells.blank | cells.nothing[cells.codes]
        table[field] = np.where(empty, "", cells.cells())
    accounts = pd.DataFrame(table)
    accounts["completeness"] = (accounts != "").sum(axis=1) / len(FIELDS)
    return accounts[accounts["name"] != ""].reset_index(drop=True)


def completeness(accounts: pd.DataFrame) -> float:
    """Mean completeness of accounts, nan where there are none: for `behaviour.files_completeness`."""
    return float(accounts["completeness"].mean()) if len(accounts) else float("nan")
