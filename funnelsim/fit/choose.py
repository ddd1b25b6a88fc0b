"""Which families: by AIC, one family for all outcomes first, then outcome by outcome.

An outcome with fewer than 10 ends is exponential, one with fewer than 50 is not a generalised gamma.

**Never.** That some visits never resolve is one more kind whose survival is 1. It is taken in only where
the data call for it, and can tell it from a long tail and from a record that is merely short:

* twice the gain of log-likelihood over the best mixture of all six families without it must exceed 8
  (at the boundary of the share 0 this is a chi-square of half a degree; its chance there is .0023, and
  the margin pays for the choice among families), and
* the record must be long enough to have seen the others end: of those that resolve, at least 95 % do so
  within the age to which the oldest twentieth of visits was, or could have been, watched.

Where the first holds and the second does not, the visits that are still open may end later or never:
nobody can tell from this record, and the mixture without the mass is kept (`Never.verdict`).
Maller & Zhou (1996), Survival Analysis with Long-Term Survivors.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from funnelsim.errors import FitError
from funnelsim.fit.durations import EXPONENTIAL, GAMMA, GENGAMMA, LOGLOGISTIC, LOGNORMAL, WEIBULL
from funnelsim.fit.family import Family
from funnelsim.fit.mixture import COARSE, Mixture, fit_mixture
from funnelsim.fit.spells import Spells

CANDIDATES: tuple[Family, ...] = (EXPONENTIAL, WEIBULL, LOGNORMAL, LOGLOGISTIC, GAMMA)
FEWEST_EVENTS = 10
FEWEST_FOR_THREE = 50
NEVER_GAIN = 8.0
FINE = 50_000
"""With more distinct rows the optimum on ages rounded to 1 % is taken: far nearer than the standard error."""
WATCHED = 0.95


@dataclass(frozen=True)
class Never:
    """Whether some visits never resolve."""

    verdict: str
    """`none`; `some`; `unclear` where the record is too short to tell never from late."""
    gain: float = 0.0
    """Twice the gain of log-likelihood by such a mass, over the best mixture without."""
    watched: float = 1.0
    """Share of those that resolve which does so within the age to which visits were watched."""

    def as_dict(self) -> dict[str, float | str]:
        return {"verdict": self.verdict, "gain": self.gain, "watched": self.watched}


def choose_mixture(
    spells: Spells, outcomes: int, candidates: tuple[Family, ...] = CANDIDATES,
    fixed: tuple[Family, ...] = (), of: tuple[int, ...] | None = None, watched_to: float | None = None,
    general: bool = True,
) -> Mixture:  # fmt: skip
    """The mixture with the best AIC among those tried; see the module for the order of trying.

    fixed        kinds after the outcomes whose times are known: timers
    of           outcome of each kind, where there are timers
    watched_to   age to which visits could be watched; that of the oldest open ones where none is told
    general      the generalised gamma may be chosen too
    """
    return chosen(spells, outcomes, candidates, fixed, of, watched_to, general)[0]


def chosen(
    spells: Spells, outcomes: int, candidates: tuple[Family, ...] = CANDIDATES,
    fixed: tuple[Family, ...] = (), of: tuple[int, ...] | None = None, watched_to: float | None = None,
    general: bool = True,
) -> tuple[Mixture, Never]:  # fmt: skip
    """`choose_mixture`, and what is known of visits that never resolve."""
    rough = spells.rounded() if spells.days.size > COARSE else spells
    search = _Search(rough, outcomes, candidates, fixed, of, general)
    best = search.without_never()
    verdict = Never("none")
    if (spells.outcome < 0).any():
        rest = search.with_never(best)
        if rest is not None and rest.log_likelihood > best.log_likelihood:
            gain = 2 * (rest.log_likelihood - best.log_likelihood)
            if gain > NEVER_GAIN and rest.aic < best.aic:
                seen = _watched(rest, spells, watched_to)
                verdict = Never("some" if seen >= WATCHED else "unclear", gain, seen)
                best = rest if verdict.verdict == "some" else best
    rivals = search.rivals(best)
    if rough is not spells and spells.days.size <= FINE:
        best = fit_mixture(spells, best.families, best.never, best.x, of)
    return replace(best, rivals=rivals), verdict


def _watched(mixture: Mixture, spells: Spells, age: float | None) -> float:
    """Share of what resolves that does so by an age."""
    if age is None:
        age = watched_age(spells.days[spells.outcome < 0], spells.count[spells.outcome < 0])
    return float(mixture.incidence(np.array([age]))[0].sum() / (1.0 - mixture.never_share))


def watched_age(ages: np.ndarray, count: np.ndarray | None = None) -> float:
    """The age that a twentieth of the ages exceeds."""
    count = np.ones(ages.size) if count is None else count
    order = np.argsort(ages)
    total = np.cumsum(count[order])
    return float(ages[order][np.searchsorted(total, 0.95 * total[-1])])


class _Search:
    """Fits of one stage, each begun where a neighbour has ended."""

    def __init__(self, spells: Spells, outcomes: int, candidates, fixed, of, general=True):
        self.spells, self.outcomes, self.candidates = spells, outcomes, candidates
        self.fixed, self.of = tuple(fixed), of
        events = spells.events(outcomes + len(self.fixed))[:outcomes]
        self.few = (events < FEWEST_EVENTS) & (EXPONENTIAL in self.candidates)
        self.many = (events >= FEWEST_FOR_THREE) & general
        self.done: dict[tuple, Mixture | None] = {}

    def fitted(self, families: tuple[Family, ...], never: bool = False, near: Mixture | None = None):
        """The mixture of these families; None where the search has run away."""
        families = tuple(EXPONENTIAL if self.few[k] else family for k, family in enumerate(families))
        key = (tuple(family.name for family in families), never)
        if key not in self.done:
            start = None if near is None else _carried(near, (*families, *self.fixed), never)
            mixture = fit_mixture(
                self.spells, (*families, *self.fixed), never, start, self.of, only_near=start is not None
            )
            pairs = zip(families, mixture.thetas, strict=False)
            sound = np.isfinite(mixture.log_likelihood) and all(f.sound(theta) for f, theta in pairs)
            if sound and never and mixture.never_share < 1e-6:
                return mixture  # the mass has shrunk to nothing from this start; another may keep it
            self.done[key] = mixture if sound else None
        return self.done[key]

    def without_never(self) -> Mixture:
        tried = [mixture for family in self.candidates if (mixture := self.fitted((family,) * self.outcomes))]
        if not tried:
            raise FitError.of("fit", "fit_no_optimum")
        return self.improved(min(tried, key=lambda mixture: mixture.aic))

    def with_never(self, best: Mixture) -> Mixture | None:
        """The best mixture with a mass that never resolves; families are chosen anew beside it."""
        near = [
            best,
            *(mixture for mixture in self.done.values() if mixture and _alike(mixture, self.outcomes)),
        ]
        pairs = [(self.fitted(start.families[: self.outcomes], True, start), start) for start in near]
        # a long tail can stand in for the mass: what counts is whether any family gains by it
        called = [
            rest for rest, start in pairs if rest and 2 * (rest.log_likelihood - start.log_likelihood) > 4
        ]
        return self.improved(min(called, key=lambda mixture: mixture.aic)) if called else None

    def rivals(self, best: Mixture) -> tuple[tuple[float, Mixture], ...]:
        """Other mixtures that were tried, by their Akaike weights; those below 1 % are left out."""
        others = [
            mixture
            for mixture in self.done.values()
            if mixture is not None and mixture is not best and mixture.never == best.never
        ]
        odds = np.exp([(best.aic - mixture.aic) / 2 for mixture in others])
        kept = [(weight, mixture) for weight, mixture in zip(odds, others, strict=True) if weight > 0.01]
        total = 1.0 + sum(weight for weight, _ in kept)
        return tuple((float(weight / total), mixture) for weight, mixture in kept)

    def improved(self, best: Mixture) -> Mixture:
        """Outcome by outcome another family, where AIC gains by it."""
        for k in range(self.outcomes):
            if self.few[k]:
                continue
            more = (GENGAMMA,) if self.many[k] and GENGAMMA not in self.candidates else ()
            for family in (*self.candidates, *more):
                now = best.families[: self.outcomes]
                if family.name != now[k].name:
                    other = self.fitted((*now[:k], family, *now[k + 1 :]), best.never, best)
                    if other is not None and other.aic < best.aic:
                        best = other
        return best


def _names(families: tuple[Family, ...]) -> tuple[str, ...]:
    return tuple(family.name for family in families)


def _alike(mixture: Mixture, outcomes: int) -> bool:
    """Whether all outcomes have one family."""
    return len(set(_names(mixture.families[:outcomes]))) == 1 and not mixture.never


def _carried(near: Mixture, families: tuple[Family, ...], never: bool) -> np.ndarray:
    """A start from a neighbour's optimum: the same odds, the other family with the same quartiles."""
    x = [near.x[: len(families) - 1]]
    if never:
        x.append(near.x[near.kinds - 2 : near.kinds - 1] if near.never else np.array([-2.0]))
    for old, theta, new in zip(near.families, near.thetas, families, strict=True):
        if new.name == old.name:
            x.append(theta)
            continue
        quartiles = np.log(old.quantile(np.array([0.75, 0.25]), theta))
        sd = max(float(quartiles[1] - quartiles[0]) / 1.349, 0.05)
        x.append(new.near(float(quartiles.mean()), sd))
    return np.concatenate(x)
