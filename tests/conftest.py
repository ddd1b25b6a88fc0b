"""What all tests share: hypothesis profiles, English between tests, and skips that are refused in CI."""

from __future__ import annotations

import os

import pytest
import required
from hypothesis import settings

# Simulations take longer than a deadline allows. In CI the same examples every time: a new find belongs on a
# desk, where it can be looked at, not in the way of somebody else's change.
settings.register_profile("default", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True, print_blob=True)
settings.load_profile("ci" if os.environ.get("CI") else "default")


def pytest_configure(config: pytest.Config) -> None:
    required.required()  # an unknown name is a usage error, at once


@pytest.fixture(autouse=True)
def _english():
    """Every test starts in English: the language is one for the whole process."""
    from funnelsim import labels

    labels.use("en")
    yield
    labels.use("en")


@pytest.fixture(scope="session", autouse=True)
def _own_cache(tmp_path_factory):
    """Tests keep results in a folder of their own: what they bend must not answer a user's question."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FUNNELSIM_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.fixture(scope="session")
def chromium() -> str:
    return required.chromium()


@pytest.fixture(scope="session")
def chinese_fonts() -> list[str]:
    return required.chinese_fonts()


def _refuse(report) -> None:
    """Where FUNNELSIM_REQUIRE is set a skip is a failure: what is asked for is proven, or the run fails."""
    if report.skipped and not hasattr(report, "wasxfail") and required.required():
        why = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
        report.outcome, report.longrepr = "failed", f"nothing may skip under FUNNELSIM_REQUIRE. {why}"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    report = yield
    _refuse(report)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(collector):
    report = yield
    _refuse(report)
    return report
