"""Why a check of a validation card fails, as far as the record itself can tell.

Three questions, in this order:

* is it about the deals that came? Then others came than the days before let expect, and no fit could know.
  Where fewer came, and more of them have ended than of simulated ones that came in the same weeks, deals that
  are still open seem to be missing from the end of the record;
* does it pass once the simulated companies get as many deals a week as really came (`replay`)? Then it
  fails because of them, and not by the days and shares that were fitted;
* were parts of the record before it, just as long, as far off? Then the company varies more, by season or
  by change, than luck lets one company vary. If not, nothing before was like it: the company has
  changed, or the fit misses something.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from funnelsim.study.checks import Check, all_checks
from funnelsim.study.heldout import Part

ARRIVALS = ("arrivals", "distance.arrival")


def with_reasons(
    checks: tuple[Check, ...], stages: tuple[str, ...], earlier: list[Part], made: list[Part],
    given: list[Part], real: Part,
) -> tuple[Check, ...]:  # fmt: skip
    """The checks, those that failed with their reason.

    earlier   parts of the real record before the one held out, as long as it
    made      the simulated parts
    given     the same with the deals that really came; empty where those were as expected
    """
    early = bool(given) and _ended(real) > max(_ended(part) for part in given)
    passes = {_key(check): check.passed for check in all_checks([real, *given], stages)} if given else {}
    before = [{_key(check): check for check in all_checks([part, *made], stages)} for part in earlier]

    def reason(check: Check) -> Check:
        if check.passed:
            return check
        was = tuple(float(found[_key(check)].real) for found in before if _key(check) in found)
        if check.name == "arrivals":
            why = "more" if check.real > check.high else "closed_only" if early else "fewer"
        elif check.name in ARRIVALS:
            why = "when"
        elif passes.get(_key(check)):
            why = "arrivals"
        elif not was:
            why = "unknown"
        elif check.name.startswith("distance."):
            why = "varies" if check.real <= max(was) else "changed"
        else:
            why = "varies" if min(was) <= check.real <= max(was) else "changed"
        return replace(check, why=why, earlier=was)

    return tuple(reason(check) for check in checks)


def arrivals_differ(checks: tuple[Check, ...]) -> bool:
    """Whether other deals came than were expected, in number or in time."""
    return any(not check.passed for check in checks if check.name in ARRIVALS)


def _ended(part: Part) -> float:
    """Share that has ended of the deals that came within a part."""
    ended = part.ended[part.created >= 0]
    return float((ended < part.span).mean()) if ended.size else 0.0


def _key(check: Check) -> tuple[str, str]:
    return check.name, check.stage


def earlier_begins(cut: float, span: float, mature: float) -> np.ndarray:
    """First days of parts as long, one before the other, none before a day.

    >>> earlier_begins(400.0, 100.0, 150.0)
    array([200., 300.])
    """
    count = max(int((cut - mature) // span), 0)
    return cut - span * np.arange(count, 0, -1)
