"""draw(Tables, seed, replication) -> Draws: all luck of one run, by name.

Every number is the uniform of its names pushed through the scenario's quantile function: a slower
stage gets the same slow deals, slower. Times lie on a grid of 2**-20 day and logits on 2**-30, so
that the last bit of a processor's logarithm decides nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy import special

from funnelsim.engine import leaving
from funnelsim.engine.arrays import CELL_CUSTOMERS, CELL_DAYS, DAY_GRID, LOGIT_GRID, on_grid
from funnelsim.engine.at_hand import AT_HAND
from funnelsim.engine.layout import EXPONENTIAL, LOGIT, Column
from funnelsim.engine.loyalty import RETURNS
from funnelsim.engine.luck import name_number, uniforms
from funnelsim.engine.tables import Tables
from funnelsim.scenario.distributions import Distribution, quantile

GENERATION = 1 << 40
"""Between the ordinals of a customer who comes back and of the same customer who comes back again."""


@dataclass(frozen=True)
class Draws:
    """All opportunities that can come to be, and what is their own whatever the company does.

    Numbered by (unit, source, ordinal), then those of customers who come back, then by (rep, prospecting slot).
    """

    tables: Tables
    seed: int
    replication: int
    origin: np.ndarray  # (N,) position in names.origins
    ordinal: np.ndarray  # (N,)
    arrival: np.ndarray  # (N,) days since start; inf for those a rep must find
    source: np.ndarray  # (N,)
    unit: np.ndarray  # (N,) -1 for those a rep must find
    child: np.ndarray  # (N,) the deal with which the customer would come back; (0,) where nobody does

    def __len__(self) -> int:
        return self.origin.size

    @cached_property
    def origin_words(self) -> np.ndarray:
        """The number that stands for the name of each opportunity's origin, (N,) uint64."""
        names = np.array([name_number(name) for name in self.tables.names.origins], np.uint64)
        return names[self.origin]

    def uniform(self, purposes: list[str], visit: int = 0) -> np.ndarray:
        """Uniforms of these purposes for every opportunity, (purposes, N)."""
        words = np.array([name_number(purpose) for purpose in purposes], np.uint64)
        return uniforms(self.seed, self.replication, words[:, None], self.origin_words, self.ordinal, visit)

    @cached_property
    def births(self) -> np.ndarray:
        """Opportunities that come by themselves, in the order of their arrival."""
        coming = np.flatnonzero(np.isfinite(self.arrival))
        return coming[np.argsort(self.arrival[coming], kind="stable")]

    @cached_property
    def own(self) -> np.ndarray:
        """Uniforms of amount, quality and choice of owner, (3, N)."""
        return self.uniform(["amount", "quality", "owner"])

    def patience(self, life: int) -> np.ndarray:
        """How much neglect a customer bears in each life of a deal, 0 the first; unit exponentials, (N,)."""
        return on_grid(-np.log1p(-self.uniform(["patience"], life)[0]), LOGIT_GRID)

    @cached_property
    def report(self) -> np.ndarray:
        """Uniforms of whether a deal is hidden, inflated, shifted, (3, N)."""
        return self.uniform(["hidden", "inflated", "shifted"])

    @cached_property
    def is_return(self) -> np.ndarray:
        """Whether a customer comes back, who has ordered before, (N,)."""
        return (
            self.origin >= len(self.tables.names.origins) // 2
            if self.child.size
            else np.zeros(len(self), bool)
        )

    @cached_property
    def comes_back(self) -> np.ndarray:
        """Uniform of whether a customer comes back after an order, (N,)."""
        return self.uniform(["repeat"])[0]

    @cached_property
    def return_days(self) -> np.ndarray:
        """Days from the order before until a customer comes back, (P, N)."""
        u = self.uniform(["repeat_days"])[0]
        return on_grid(np.stack([quantile(part, u) for part in self.tables.loyalty.days]), DAY_GRID)

    @cached_property
    def cash_days(self) -> np.ndarray:
        """Days from an order to its payment, (P, N); infinite where nobody asks."""
        u = self.uniform(["cash"])[0]
        parts = self.tables.loyalty.cash_days
        days = [np.full(u.size, np.inf) if part is None else quantile(part, u) for part in parts]
        return on_grid(np.stack(days), DAY_GRID)

    @cached_property
    def hides(self) -> np.ndarray:
        """Uniform of each rep of whether he hides deals, (R,)."""
        return uniforms(self.seed, self.replication, name_number("hides"), self._rep_words, 0)

    @cached_property
    def _rep_words(self) -> np.ndarray:
        reps = self.tables.names.people[: self.tables.reps]
        return np.array([name_number(name) for name in reps], np.uint64)

    @cached_property
    def amount(self) -> np.ndarray:
        """List price in whole currency units if born in a period, (P, N) int64."""
        base, factor = self.tables.amount
        values = [quantile(part, self.own[0]) * factor[p][self.origin] for p, part in enumerate(base)]
        return np.maximum(np.rint(np.stack(values)), 1).astype(np.int64)

    @cached_property
    def quality(self) -> np.ndarray:
        """Hidden quality in logit, (P, N)."""
        return on_grid(self.tables.quality_sd[:, None] * special.ndtri(self.own[1]), LOGIT_GRID)

    @cached_property
    def merit(self) -> np.ndarray:
        """Hidden quality in standard deviations, and the noise in what a rep reads of it, (2, N)."""
        return on_grid(special.ndtri(np.stack([self.own[1], self.uniform(["reading"])[0]])), LOGIT_GRID)

    @cached_property
    def skill(self) -> np.ndarray:
        """Skill of each rep in logit, (P, R)."""
        scatter = special.ndtri(
            uniforms(self.seed, self.replication, name_number("skill"), self._rep_words, 0)
        )
        drawn = self.tables.skill_sd[:, None] * scatter
        known = self.tables.skill_known
        return on_grid(np.where(np.isnan(known), drawn, known), LOGIT_GRID)

    @cached_property
    def seats(self) -> leaving.Seats:
        """Who sits in which seat from when to when."""
        return leaving.seats(self.tables, self.seed, self.replication, self.skill)

    @cached_property
    def worked(self) -> tuple[np.ndarray, np.ndarray]:
        """Cumulative hours and whose they are, as in `tables`, with the seats that are empty or newly taken."""
        return leaving.hours(self.tables, self.seats) if self.tables.leaving.on else self.tables.worked

    def luck(self, visit: int, first: int = 0, last: int | None = None) -> np.ndarray:
        """Gates, days and hours of one visit of the opportunities `first` to `last`, (n, columns).

        visit   number of the visit to a stage, 0 the first; `tables.layout` says which column is which
        """
        layout, part = self.tables.layout, slice(first, last)
        origin, ordinal = self.origin_words[part], self.ordinal[part]
        keys = [
            (self.tables.demand, self.seed, self.replication, visit, first, last, which)
            for which in layout.ids
        ]
        known = [
            None if _is_fixed(column) else AT_HAND.get(key)
            for column, key in zip(layout.columns, keys, strict=True)
        ]
        missing = [
            column.luck
            for column, values in zip(layout.columns, known, strict=True)
            if values is None and not _is_fixed(column)
        ]
        purposes = list(dict.fromkeys(missing))
        words = np.array([name_number(purpose) for purpose in purposes], np.uint64)
        drawn = uniforms(self.seed, self.replication, words[:, None], origin, ordinal, visit)
        uniform = dict(zip(purposes, drawn, strict=True))
        made = np.empty((origin.size, len(layout.columns)))
        for position, (column, values) in enumerate(zip(layout.columns, known, strict=True)):
            if values is None:
                made[:, position] = pushed(column, uniform.get(column.luck))
                if not _is_fixed(column):
                    AT_HAND.keep(keys[position], made[:, position].copy())
            else:
                made[:, position] = values[0]
        return made

    def chances(self, what: str, visit: int) -> np.ndarray:
        """Uniforms of one visit of every opportunity to every stage, (S, N)."""
        return self.uniform([f"{what}.{stage}" for stage in self.tables.names.stages], visit)


def _is_fixed(column: Column) -> bool:
    return isinstance(column.through, Distribution) and column.through.family == "fixed"


def pushed(column: Column, u: np.ndarray | None) -> np.ndarray | float:
    """Uniforms pushed through what a column says, on the grid of logits or of days."""
    if column.through == LOGIT:
        assert u is not None
        return on_grid(np.log(u) - np.log1p(-u), LOGIT_GRID)
    if column.through == EXPONENTIAL:
        assert u is not None
        return on_grid(-np.log1p(-u), LOGIT_GRID)
    assert isinstance(column.through, Distribution)
    if _is_fixed(column):  # the same, whether others of its name are drawn or at hand
        return float(quantile(column.through, np.array(0.5))) * column.factor
    assert u is not None
    return on_grid(quantile(column.through, u), DAY_GRID) * column.factor


def draw(tables: Tables, seed: int, replication: int) -> Draws:
    """All luck of one run.

    seed          belongs to the experiment, 0 to 2**64 - 1
    replication   number of the run within it
    """
    origin, ordinal, arrival = _customers(tables, seed, replication)
    slots, reps = tables.slot_days.size, tables.reps
    first = len(tables.unit_source)
    prospects = first + np.repeat(np.arange(reps), slots)
    sources = np.concatenate([tables.unit_source[:, 1], np.full(reps, tables.prospect_source)]).astype(int)
    units = np.concatenate([tables.unit_source[:, 0], np.full(reps, -1)]).astype(int)
    own = np.concatenate([origin, prospects]), np.concatenate([ordinal, np.tile(np.arange(slots), reps)])
    child = np.empty(0, int)
    returns: list[np.ndarray] = [child, child]
    if tables.loyalty.returns:
        child, *returns = _returns(tables, seed, replication, *own, market=origin.size)
        sources, units = np.tile(sources, 2), np.tile(units, 2)
    origin, ordinal = (
        np.concatenate([part[: arrival.size], more, part[arrival.size :]])
        for part, more in zip(own, returns, strict=True)
    )
    arrival = np.concatenate([arrival, np.full(origin.size - arrival.size, np.inf)])
    return Draws(tables, seed, replication, origin, ordinal, arrival, sources[origin], units[origin], child)


def _returns(
    tables: Tables, seed: int, replication: int, origin: np.ndarray, ordinal: np.ndarray, market: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Of every opportunity the one with which the customer comes back, -1 where he does not; and the origin and the
    ordinal of these. They are numbered behind the market's, before those that reps must find.

    Whoever might come back with the highest share of any period has a place; whether he does is seen after the order.
    """
    words = np.array([name_number(name) for name in tables.names.origins], np.uint64)
    share, half = tables.loyalty.share.max(), len(words) // 2
    parent = np.arange(origin.size)  # positions in the order in which they are made
    parents, origins, ordinals = [], [origin], [ordinal]
    made = origin.size
    for turn in range(RETURNS):
        u = uniforms(seed, replication, name_number("repeat"), words[origins[-1]], ordinals[-1])
        back = np.flatnonzero(u < share)
        parents.append(parent[back])
        origins.append(origins[-1][back] % half + half)
        ordinals.append(ordinals[-1][back] + (GENERATION if turn else 0))
        parent = made + np.arange(back.size)
        made += back.size
    parents_of, count = np.concatenate(parents), made - origin.size
    place = np.arange(made)  # the market, those who come back, those that reps must find
    place[market : origin.size] += count
    place[origin.size :] -= origin.size - market
    child = np.full(made, -1)
    child[place[parents_of]] = place[origin.size :]
    return child, np.concatenate(origins[1:]), np.concatenate(ordinals[1:])


def _customers(tables: Tables, seed: int, replication: int) -> tuple[np.ndarray, ...]:
    """Origin, ordinal and arrival of every customer the market sends."""
    key = ("customers", tables.demand, seed, replication)
    known = AT_HAND.get(key)
    if known is None:
        known = _come(tables, seed, replication)
        AT_HAND.keep(key, *known)
    return known


def _come(tables: Tables, seed: int, replication: int) -> tuple[np.ndarray, ...]:
    """Origin, ordinal and arrival of every customer the market sends.

    Customer j of a week comes when j is below the week's Poisson quantile, and comes at a moment of
    its own: more demand adds customers and moves none, and a change within a week touches only those
    who come after it.
    """
    periods, count, cells = tables.intensity.shape
    names = np.array([name_number(name) for name in tables.names.origins[:count]], np.uint64)
    week = np.arange(cells)
    counts = uniforms(seed, replication, name_number("count"), names[:, None], week)
    market = uniforms(seed, replication, name_number("market"), name_number("company"), week)
    numbers = np.stack([
        poisson_quantile(counts, tables.intensity[p] * market_factor(tables.market_cv[p], market))
        for p in range(periods)
    ])  # fmt: skip
    numbers = np.where(tables.cell_period[:, None, :], numbers, 0)
    most = numbers.max(axis=0)
    origin = np.repeat(np.arange(count), most.sum(axis=1))
    cell = np.repeat(np.tile(week, count), most.ravel())
    first = np.repeat(np.cumsum(most.ravel()) - most.ravel(), most.ravel())
    j = np.arange(origin.size) - first
    ordinal = CELL_CUSTOMERS * cell + j
    within = uniforms(seed, replication, name_number("within"), names[origin], ordinal)
    arrival = on_grid(CELL_DAYS * (cell + within), DAY_GRID)
    period = np.searchsorted(tables.period_start, arrival, side="right") - 1
    comes = (j < numbers[period, origin, cell]) & (arrival < tables.horizon)
    return origin[comes], ordinal[comes], arrival[comes]


def market_factor(cv: float, u: np.ndarray) -> np.ndarray:
    """Weekly factor on all demand: gamma with mean 1 and this coefficient of variation."""
    if cv == 0:
        return np.ones_like(u)
    shape = cv**-2
    return special.gammaincinv(shape, u) / shape


def poisson_quantile(u: np.ndarray, mean: np.ndarray) -> np.ndarray:
    """Smallest count whose Poisson distribution function reaches u, element by element."""
    u, mean = np.broadcast_arrays(u, mean)
    if mean.size and mean.max() > 30:
        above = np.ceil(special.pdtrik(u, mean))
        below = np.maximum(above - 1, 0)
        return np.where(special.pdtr(below, mean) >= u, below, above).astype(np.int64)
    count = np.zeros(u.shape, np.int64)
    chance = np.exp(-mean)
    reached = chance.copy()
    short = np.flatnonzero(u > reached)
    while short.size:
        count.flat[short] += 1
        chance.flat[short] *= mean.flat[short] / count.flat[short]
        grown = reached.flat[short] + chance.flat[short]
        going = (u.flat[short] > grown) & (grown > reached.flat[short])
        reached.flat[short] = grown
        short = short[going]
    return count
