"""Commission and weighted quota: reckoned outside of the engines."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fractions import Fraction


def commission(amount: int, share: float) -> int:
    """What a rep is paid for a deal, in cents: a share of its amount, the half cent to the even one.

    There is one way to reckon it and nothing that lowers it: whether the deal stood in the CRM, whether the
    rep is trusted, counts for other things.

    >>> commission(1_000_000, 0.02), commission(333, 0.025), commission(1, 0.005)
    (2000000, 832, 0)
    """
    return round(Fraction(str(share)) * amount * 100)


WEIGHTS: Mapping[str, float] = {"upper": 0.25, "middle": 0.50, "lower": 0.75}


def weighted_quota(pipeline: Iterable[tuple[float, str]], weights: Mapping[str, float] = WEIGHTS) -> float:
    """Sum of the intended purchases, each times the weight of the funnel's third it stands in.

    pipeline   (amount, third) of each prospect; third is upper, middle or lower

    The 25/50/75 rule of the industrial-marketing article on funnel management: a quota from below.

    >>> weighted_quota([(100, "upper"), (200, "middle"), (80, "lower")])
    185.0
    """
    return float(sum(amount * weights[third] for amount, third in pipeline))
