"""Groups (owners, sources, segments, products, territories ...): who wins more or less than the team, if anybody does.

Of the deals that are decided at all, member g wins a share p_g, drawn around the team's share m from
Beta(k m, k (1 - m)): the prior of Dirichlet for won against not, of concentration k. The likelihood of
p_g counts the closed deals and, by the times at which deals are won or lost (`deals.winning`), the open ones:

    L_g(p) = p^won (1 - p)^lost prod_open s_g(t, p) / prod_entry s_g(a, p)
    s_g(t, p) = (1 - n_g) [p S_won(t) + (1 - p) S_lost(t)] + n_g

with n_g the share of the member's deals that is never decided, where the record has such: whose old deals
are left open in the CRM says nothing of who wins. Integrated over p on a grid it gives the marginal
likelihood of k and m, and from it the posterior: k = infinity (all are alike) has chance 1/2 beforehand,
otherwise log k is uniform from 4 to 2,000. The chance to lie below the team counts both; a member's share and
interval are those of the second, so that they say what the member's own deals say.

**When a difference is called.** Two locks, both of which must open:

* the groups together must differ: a score test of all p_g being equal (chi-square, censored deals
  included) with p < .05 divided by the number of groupings that are tried. On noise this is the chance that
  anything at all is called, however many members there are;
* a member is then named when its posterior chance to lie below (or above) all the others is at least .9: of
  those named, at most one in ten is expected on the wrong side.

Where the first lock stays shut the answer is: no difference you could see.
Gelman et al. (2013), Bayesian Data Analysis, chapter 5; Scott & Berger (2010), Annals of Statistics 38.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import special, stats

from funnelsim.fit.deals import OPEN, OTHER, WON, Deals, Winning, deals_of, winning
from funnelsim.history.log import NONE
from funnelsim.history.reader import History

FIELDS = ("owner", "source", "segment", "territory")
_PLURAL = {"source": "sources", "segment": "segments", "territory": "territories"}
NAMED = 0.9
ALARM = 0.05
MOST_MEMBERS = 500
FEWEST_CLOSED = 20
_LOGIT = np.linspace(-8.0, 8.0, 1601)
_P = special.expit(_LOGIT)
_KAPPA = np.exp(np.linspace(np.log(4.0), np.log(2000.0), 28))
_SPREAD = np.linspace(-3.5, 3.5, 15)


@dataclass(frozen=True)
class Member:
    """One owner, source, segment or territory."""

    name: str
    n: int
    """Deals, open ones included."""
    share: float
    """Share won of those that are decided: drawn towards the team, the more the fewer the deals."""
    low: float
    high: float
    p_below: float
    """Posterior chance that its share lies below that of all the others together (and so below the team's)."""
    verdict: str
    """`below`, `above` or `no_difference`."""

    def as_dict(self) -> dict[str, Any]:
        return {
            "name": self.name, "n": self.n, "share": self.share, "low": self.low, "high": self.high,
            "p_below": self.p_below, "verdict": self.verdict,
        }  # fmt: skip


@dataclass(frozen=True)
class Group:
    """One way to divide the deals, and whether its members differ."""

    by: str
    members: tuple[Member, ...]
    team: float
    """The team's share won of the deals that are decided, open ones counted by what is likely of them."""
    concentration: float | None
    """How alike the members are, in deals: the most likely k; None where all being alike is likelier."""
    p_value: float
    """Chance of such differences if there were none."""
    verdict: str
    """`differs`, `no_difference`, or `unknown` where too few deals have closed."""

    @property
    def named(self) -> tuple[Member, ...]:
        return tuple(member for member in self.members if member.verdict in ("below", "above"))

    def as_dict(self) -> dict[str, Any]:
        return {
            "members": [member.as_dict() for member in self.members], "verdict": self.verdict,
            "share": self.team, "concentration": self.concentration, "p_value": self.p_value,
        }  # fmt: skip


def fit_groups(history: History) -> dict[str, Group]:
    """Every way the record divides its deals into two groups or more."""
    deals = deals_of(history)
    fields = dict.fromkeys((*FIELDS, *history.groups))
    divisions = {by: found for by in fields if (found := members_of(history, deals, by))}
    times = winning(deals)
    if times is None:
        return {by: _unknown(by, *found) for by, found in divisions.items()}
    return {
        by: compare(by, deals, times, *found, alarm=ALARM / len(divisions)) for by, found in divisions.items()
    }


def members_of(history: History, deals: Deals, by: str) -> tuple[np.ndarray, list[str]] | None:
    """Number of each deal's member and the members' names; the largest 500. None where there are not two."""
    log = history.log
    if by == "owner":
        codes, names = deals.owner, log.names.people
    elif by in history.groups:
        codes, names = history.groups[by].codes[deals.place], history.groups[by].names
    else:
        codes, names = getattr(log.opportunities, by)[deals.place], getattr(log.names, _PLURAL[by])
    if not names:
        return None
    counts = np.bincount(codes[codes >= 0], minlength=len(names))
    kept = [int(i) for i in np.argsort(-counts, kind="stable")[:MOST_MEMBERS] if counts[i]]
    if len(kept) < 2:
        return None
    place = np.full(len(names) + 1, NONE)
    place[kept] = np.arange(len(kept))
    return place[codes], [names[i] for i in kept]


def compare(
    by: str, deals: Deals, times: Winning, codes: np.ndarray, names: list[str], alarm: float = ALARM
) -> Group:
    """Members of one division against the team.

    codes   number of each deal's member, NONE where it has none
    alarm   chance with which noise may be called a difference
    """
    here = codes >= 0
    deals = Deals(*(getattr(deals, part)[here] for part in Deals.__dataclass_fields__))
    codes = codes[here]
    closed = (deals.outcome != OPEN).sum()
    if closed < FEWEST_CLOSED or np.unique(deals.outcome[deals.outcome != OPEN]).size < 2:
        return _unknown(by, codes, names)
    size = len(names)
    table = _Table(deals, times, codes, size)
    p_value = table.alike()
    counts = np.bincount(codes, minlength=size)
    evidence, posterior = _posterior(table.log_likelihood(), counts)
    differs = p_value < alarm
    members = []
    for g, name in enumerate(names):
        share, low, high, below = posterior[g]
        verdict = "no_difference"
        if differs and max(below, 1 - below) >= NAMED:
            verdict = "below" if below >= NAMED else "above"
        members.append(Member(name, int(counts[g]), share, low, high, below, verdict))
    named = any(member.verdict != "no_difference" for member in members)
    best = int(np.argmax(evidence))
    return Group(
        by, tuple(members), table.team, float(_KAPPA[best - 1]) if best else None, p_value,
        "differs" if differs and named else "no_difference",
    )  # fmt: skip


def _steps(ages: np.ndarray) -> np.ndarray:
    """Many ages in steps of 1 %, so that few are distinct."""
    return ages if ages.size < 2000 else np.exp(np.rint(100 * np.log(ages)) / 100)


class _Table:
    """Closed deals by member, open ones and late entries by age."""

    def __init__(self, deals: Deals, times: Winning, codes: np.ndarray, size: int):
        self.size = size
        self.won = np.bincount(codes[deals.outcome == WON], minlength=size).astype(float)
        self.lost = np.bincount(codes[deals.outcome == OTHER], minlength=size).astype(float)
        open_, late = deals.outcome == OPEN, deals.seen_from > 0
        self.parts = [
            (sign, codes[rows], *times.alive(_steps(ages[rows])))
            for sign, rows, ages in ((1.0, open_, deals.days), (-1.0, late, deals.seen_from))
            if rows.any()
        ]
        self.team = float(self.won.sum() / (self.won + self.lost).sum())
        self.never = np.full(size, times.never)
        for _ in range(20 if times.never > 0 else 0):
            self.never = self._undecided()
        self.team = float(_P[int(np.argmax(self.log_likelihood().sum(axis=0)))])

    def _undecided(self) -> np.ndarray:
        """One EM step for the share of each member's deals that is never decided (a deal of weight 1 at the
        team's share keeps small members from 0 and 1)."""
        n, p = self.never, self.team
        stuck, total = n.mean() * np.ones(self.size), self.won + self.lost + 1.0
        for sign, codes, a, b in self.parts:
            alive = (1 - n[codes]) * (p * a + (1 - p) * b) + n[codes]
            here = n[codes] / np.maximum(alive, 1e-12)
            if sign > 0:
                stuck += np.bincount(codes, here, self.size)
                total += np.bincount(codes, minlength=self.size)
            else:  # for each deal seen from an age on, those that had ended by then were not seen
                missing = 1 / np.maximum(alive, 1e-12) - 1
                total += np.bincount(codes, missing, self.size)
        return np.clip(stuck / total, 1e-6, 0.999)

    def log_likelihood(self) -> np.ndarray:
        """log L_g on the grid of shares, (members, grid)."""
        told = np.outer(self.won, np.log(_P)) + np.outer(self.lost, np.log1p(-_P))
        for sign, codes, a, b in self.parts:
            rows = np.unique(np.stack([codes, *np.round([a, b], 9)]), axis=1, return_counts=True)
            (code, alive_won, alive_lost), count = rows
            number = code.astype(int)
            for at in range(0, number.size, 2000):
                part = slice(at, at + 2000)
                n = self.never[number[part]][:, None]
                mixed = (1 - n) * (np.outer(alive_won[part], _P) + np.outer(alive_lost[part], 1 - _P)) + n
                np.add.at(told, number[part], sign * count[part, None] * np.log(np.maximum(mixed, 1e-12)))
        return told

    def alike(self) -> float:
        """Score test that all members have the team's share; members that can say little stand together."""
        p = self.team
        score = self.won - p * (self.won + self.lost)
        information = p * (1 - p) * (self.won + self.lost)
        for sign, codes, a, b in self.parts:
            n = self.never[codes]
            alive = np.maximum((1 - n) * (p * a + (1 - p) * b) + n, 1e-12)
            first = (1 - n) * p * (1 - p) * (a - b) / alive
            second = (1 - n) * p * (1 - p) * (1 - 2 * p) * (a - b) / alive - first**2
            score += sign * np.bincount(codes, first, self.size)
            information -= sign * np.bincount(codes, second, self.size)
        weak = information < 1.0
        if weak.any():
            score = np.r_[score[~weak], score[weak].sum()]
            information = np.r_[information[~weak], information[weak].sum()]
        score, information = score[information > 0.5], information[information > 0.5]
        if score.size < 2:
            return 1.0
        spread = (score**2 / information).sum() - score.sum() ** 2 / information.sum()
        return float(stats.chi2.sf(max(spread, 0.0), score.size - 1))


def _posterior(
    log_likelihood: np.ndarray, deals: np.ndarray
) -> tuple[np.ndarray, list[tuple[float, float, float, float]]]:
    """Evidence of k = infinity and of each k, and (share, low, high, chance below the team) by member."""
    top = log_likelihood.max(axis=1, keepdims=True)
    likelihood = np.exp(log_likelihood - top)
    together = log_likelihood.sum(axis=0)
    alike = np.exp(together - together.max())
    centre = float(_LOGIT[int(np.argmax(together))])
    bend = max(-float(np.gradient(np.gradient(together, _LOGIT), _LOGIT)[int(np.argmax(together))]), 1e-3)
    step = _LOGIT[1] - _LOGIT[0]
    # chance of the data at each (k, m), m flat in logit and integrated over 3.5 standard errors either way
    weights = [np.log(alike.sum() * step) + together.max() - top.sum()]
    cells: list[tuple[int, float, np.ndarray]] = []
    for i, kappa in enumerate(_KAPPA):
        p = float(special.expit(centre))
        wide = np.sqrt(1 / bend + 1 / ((kappa + 1) * p * (1 - p) * log_likelihood.shape[0]))
        for m in special.expit(centre + _SPREAD * wide):
            prior = kappa * (m * np.log(_P) + (1 - m) * np.log1p(-_P))
            prior = np.exp(prior - prior.max())
            prior /= prior.sum()
            told = np.log(np.maximum(likelihood @ prior, 1e-300)).sum() + np.log(
                wide * (_SPREAD[1] - _SPREAD[0])
            )
            cells.append((i, float(told), prior))
    by_kappa = special.logsumexp(np.array([c[1] for c in cells]).reshape(_KAPPA.size, -1), axis=1)
    evidence = np.r_[weights[0], by_kappa]
    prior_odds = np.r_[0.5, np.full(_KAPPA.size, 0.5 / _KAPPA.size)]
    chance = np.exp(evidence - evidence.max()) * prior_odds
    total = chance.sum()
    density = np.zeros_like(likelihood)
    below = np.full(likelihood.shape[0], 0.5 * chance[0] / total)
    for i, told, prior in cells:
        weight = np.exp(told - evidence.max()) * prior_odds[i + 1] / total
        if weight < 1e-5 * (1 - chance[0] / total):
            continue
        own = likelihood * prior
        own /= own.sum(axis=1, keepdims=True)
        density += weight * own
        below += weight * _below_the_others(own, deals)
    return evidence, [_told(row, float(chance_)) for row, chance_ in zip(density, below, strict=True)]


def _below_the_others(own: np.ndarray, deals: np.ndarray) -> np.ndarray:
    """Chance of each member to lie below all the others together, whose share is normal, nearly."""
    mean = own @ _P
    spread = own @ _P**2 - mean**2
    others = deals.sum() - deals
    level = (deals @ mean - deals * mean) / others
    sd = np.sqrt(np.maximum(deals**2 @ spread - deals**2 * spread, 1e-12)) / others
    return (own * special.ndtr((level[:, None] - _P) / sd[:, None])).sum(axis=1)


def _told(density: np.ndarray, below: float) -> tuple[float, float, float, float]:
    total = np.cumsum(density) / density.sum()
    low, high = np.interp([0.025, 0.975], total, _P)
    return float(density @ _P / density.sum()), float(low), float(high), min(max(below, 0.0), 1.0)


def _unknown(by: str, codes: np.ndarray, names: list[str]) -> Group:
    counts = np.bincount(codes[codes >= 0], minlength=len(names))
    members = [
        Member(name, int(n), np.nan, 0.0, 1.0, 0.5, "no_difference")
        for name, n in zip(names, counts, strict=True)
    ]
    return Group(by, tuple(members), np.nan, None, 1.0, "unknown")
