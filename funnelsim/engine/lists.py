"""What the reference engine looks up one by one, as lists: numpy's scalars are slow."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from funnelsim.engine.draws import Draws
from funnelsim.engine.tables import Tables


class LuckLists(NamedTuple):
    """The luck of one visit of every opportunity to every stage; an empty list where the scenario never asks."""

    gate: list
    ending: list
    skip: list
    delay: list
    hours: list
    stall: list
    cause: list
    signal: list
    silent: list
    discovery: list
    revive: list
    revive_days: list
    error: list


class Lists:
    """Tables and luck of a run, for looking up."""

    def __init__(self, tables: Tables, draws: Draws):
        self.tables, self.draws = tables, draws
        for name in (
            "stage_logit", "source_logit", "large_amount", "wait_for_buyer", "work_first",
            "ahead_logit", "strict", "skip_share", "stall_share", "stall_factor", "cause_edges", "cause_reason",
            "signal_edges", "signal_reason", "touch_every", "touch_hours", "neglect_after", "neglect_hazard",
            "silent_share", "discovery_days", "revive_share", "inflated_share", "shifted_share",
            "hiding_reps_share", "hidden_share", "entry_error", "supported_logit", "support_when", "price_kept",
            "entry_delay",
        ):  # fmt: skip
            setattr(self, name, getattr(tables, name).tolist())
        rows = draws.worked[0].tolist()
        self.hours = [rows[which] for which in draws.worked[1].tolist()]
        for name, values in tables.standards.lists().items():
            setattr(self, name, values)
        self.side = tables.standards.side
        self.tier_edges, self.tier_shares = tables.tiers.edges.tolist(), tables.tiers.shares.tolist()
        self.pays, self.child = tables.loyalty.pays, draws.child.tolist()
        self.cash_days = draws.cash_days.tolist() if self.pays else []
        self.comes_back = draws.comes_back.tolist() if self.child else []
        self.return_days = draws.return_days.tolist() if self.child else []
        self.routing, self.priority = tables.deciding.routing.tolist(), tables.deciding.priority.tolist()
        self.worth, self.scores = tables.deciding.worth.tolist(), tables.deciding.scores
        self.helps, self.work_logit = bool(tables.work.logit.any()), tables.work.logit.tolist()
        seats = draws.seats
        rows = zip(
            *(part.tolist() for part in (seats.comes, seats.notice, seats.leaves, seats.ramped)), strict=True
        )
        plain = [(number, *row) for number, row in enumerate(rows)]
        self.occupants = [plain[a:b] for a, b in zip(seats.first[:-1], seats.first[1:], strict=True)]
        self.seat_followed = seats.followed.tolist()
        self.seated = seats.first[:-1].tolist()  # number of who sits there now
        self.seat_skill = seats.skill.tolist()
        self.notices = tables.leaving.tells
        self.pool_ties = tables.leaving.ties.tolist()
        self.thirds = tables.names.thirds
        delay = tables.layout.delay
        self.one_delay = (delay == delay[:, :, :1]).all(axis=2).tolist()
        self.edges = tables.ending_edges.tolist()
        self.quality = draws.quality.tolist()
        self.skill = draws.skill.tolist()
        self.amount = draws.amount.tolist()
        self.source = draws.source.tolist()
        self.owner_luck = draws.own[2].tolist()
        self.minds_neglect = bool(tables.neglect_hazard.any())
        self.touches = bool((tables.touch_every < tables.horizon).any())
        self.minds = self.touches or self.minds_neglect  # whether a word to the customer matters at all
        self.may_stall = bool(tables.stall_share.any())
        self.may_die_silently = bool(tables.silent_share.any())
        self.shows_signals = bool(tables.signal_edges.any())
        self.may_revive = bool(tables.revive_share.any())
        self._patience: list[list[float]] = []
        off = (tables.hidden_share, tables.inflated_share, tables.shifted_share)
        self.misreports = any(share.any() for share in off)
        self.shows_truth = not self.misreports and not tables.entry_error.any()
        self.report = draws.report.tolist() if self.misreports else []
        self.hides = draws.hides.tolist() if self.misreports else []
        work = tables.work
        plain = list(zip(
            work.pool.tolist(), work.activity.tolist(), work.when.tolist(), work.over.tolist(), strict=True
        ))  # fmt: skip
        self.tasks = [
            [[(n, *plain[n]) for n in range(row[s], row[s + 1])] for s in range(tables.stages)]
            for row in work.first.tolist()
        ]
        self._luck: list[LuckLists] = []
        self.managers, self.doses = tables.managers, tables.managers.doses
        self.known_logit, self.help_logit = self.doses.skill_logit.tolist(), self.doses.help_logit.tolist()
        self.merit = draws.merit.tolist() if self.doses.on else []
        self.stage_weight = tables.managers.stage_weight.tolist()
        self._of_deal: dict[tuple[str, int], list[float]] = {}

    if TYPE_CHECKING:  # only for readers of types: at run time it would slow every look-up

        def __getattr__(self, name: str) -> Any: ...

    def patience(self, number: int, life: int) -> float:
        """How much neglect a customer bears in a life of his deal, 0 the first."""
        if not self.minds_neglect:
            return 0.0
        while len(self._patience) <= life:
            self._patience.append(self.draws.patience(len(self._patience)).tolist())
        return self._patience[life][number]

    def chance(self, name: str, number: int, visit: int = 0) -> float:
        """The uniform of a name of luck, of a deal and its visit: of names that few deals ever ask for."""
        if (name, visit) not in self._of_deal:
            self._of_deal[name, visit] = self.draws.uniform([name], visit)[0].tolist()
        return self._of_deal[name, visit][number]

    def luck(self, visit: int) -> LuckLists:
        """The luck of a visit, 0 the first."""
        while len(self._luck) <= visit:
            self._luck.append(self._luck_of(len(self._luck)))
        return self._luck[visit]

    def _luck_of(self, visit: int) -> LuckLists:
        layout = self.tables.layout
        columns = self.draws.luck(visit).T.tolist()

        def chances(what: str, wanted: bool = True) -> list:
            return self.draws.chances(what, visit).tolist() if wanted else []

        return LuckLists(
            gate=[columns[at] for at in layout.gate],
            ending=chances("ending"),
            skip=chances("skip", not self.tables.strict.all()),
            delay=[[[columns[at] for at in parts] for parts in period] for period in layout.delay],
            hours=[columns[at] for at in layout.hours],
            stall=chances("stall", self.may_stall),
            cause=chances("cause", self.may_stall),
            signal=chances("signal", self.shows_signals),
            silent=chances("silent", self.may_die_silently),
            discovery=[columns[at] for at in layout.discovery if at >= 0],
            revive=chances("revive", self.may_revive),
            revive_days=[[columns[at] for at in period if at >= 0] for period in layout.revive],
            error=chances("error", bool(self.tables.entry_error.any())),
        )
