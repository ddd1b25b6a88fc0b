"""Customer files: ten fields, in either language, and how complete they are."""

import pytest

from funnelsim.errors import HistoryError
from funnelsim.history.accounts import FIELDS, completeness, read_accounts
from funnelsim.scenario.files import load

ENGLISH = """\
name,address,contact way,business state,current progress,potential projects,ambitions,character,preferences,strengths
Acme,1 Road,555-1,growing,demo held,new line,export,direct,tea,own design
Beta,2 Road,,N/A,,,,,,
,3 Road,555-3,growing,,,,,,
Gamma,unknown,-,,first call,,,,,
"""
CHINESE = """客户名称,地址,联系方式,经营状况,目前进展,潜在项目,抱负,性格,爱好,特长
北方机床,长春路1号,0431-1,良好,已演示,新产线,出口,直率,喝茶,自主设计
南海化工,,0757-2,,,,,,,
"""


def test_p15_the_completeness_of_each_customer_file(tmp_path):
    path = tmp_path / "accounts.csv"
    path.write_text(ENGLISH, "utf-8")
    accounts = read_accounts(path)
    assert accounts["name"].tolist() == ["Acme", "Beta", "Gamma"]
    assert accounts["completeness"].tolist() == pytest.approx([1.0, 0.2, 0.2])
    assert completeness(accounts) == pytest.approx(1.4 / 3)
    plan = load("industrial_8x8").replace("behaviour.files_completeness", completeness(accounts))
    assert plan.behaviour.files_completeness == pytest.approx(1.4 / 3)


def test_p15_chinese_headers_and_encodings_are_known(tmp_path):
    path = tmp_path / "accounts.csv"
    path.write_text(CHINESE, "gb18030")
    accounts = read_accounts(path)
    assert accounts["completeness"].tolist() == pytest.approx([1.0, 0.2])
    assert accounts.loc[0, "strengths"] == "自主设计"


def test_p15_columns_that_are_missing_count_as_empty(tmp_path):
    path = tmp_path / "accounts.csv"
    path.write_text("Customer Name,Phone,Owner\nAcme,555-1,anna\nBeta,,bert\n", "utf-8")
    assert read_accounts(path)["completeness"].tolist() == pytest.approx([0.2, 0.1])
    assert list(read_accounts(path)) == [*FIELDS, "completeness"]


def test_a_table_without_names_is_refused(tmp_path):
    path = tmp_path / "accounts.csv"
    path.write_text("address,phone\n1 Road,555-1\n", "utf-8")
    with pytest.raises(HistoryError) as caught:
        read_accounts(path)
    assert caught.value.faults[0].code == "accounts_no_name"
