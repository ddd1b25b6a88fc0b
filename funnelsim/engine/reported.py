"""From stage to stage and to an end, in truth and in report: what the CRM sees of what happens."""

from __future__ import annotations

from functools import partial
from typing import Any

from funnelsim.engine import rules
from funnelsim.engine.deal import Deal
from funnelsim.engine.lists import LuckLists
from funnelsim.engine.seeing import Seeing
from funnelsim.history.log import BOTH, CODE, NONE, REPORT, TRUTH


class Reported(Seeing):
    """The part of a company that moves and closes deals and tells both views of it."""

    def tell(self, event: int, deal: Deal, stage: int = NONE, reason: int = NONE, view: int = BOTH) -> None:
        self.deal_rows.append((deal.number, self.env.now, event, stage, deal.owner, reason, view))

    def tell_staff(self, event: int, rep: int) -> None:
        self.deal_rows.append((NONE, self.env.now, event, NONE, rep, NONE, BOTH))

    def tell_knowing(self, event: int, deal: Deal, stage: int = NONE, reason: int = NONE) -> None:
        """What both views know, the report only when it knows the deal, and in the stage it believes in."""
        if deal.hidden or (stage != NONE and deal.shown != stage):
            self.tell(event, deal, stage, reason, TRUTH)
            if not deal.hidden:
                self.tell(event, deal, deal.shown, reason, REPORT)
        else:
            self.tell(event, deal, stage, reason)

    def show_stall(self, deal: Deal, stage: int, luck: LuckLists, cause: int) -> None:
        """The report shows a deal as stalled, with the signal of its cause where one is seen."""
        reason = NONE
        if luck.signal:
            edges = self.signal_edges[self.period][cause]
            seen = rules.which(luck.signal[stage][deal.number], edges)
            deal.signal = seen if seen < len(edges) and self.knows_customer(deal, stage) else NONE
            reason = self.signal_reason[deal.signal] if deal.signal >= 0 else NONE
        if not deal.hidden:
            deal.stalled = self.env.now
            deal.stuck = True
            self.tell(CODE["stalled"], deal, deal.shown, reason, REPORT)

    def enter(self, deal: Deal, stage: int) -> None:
        """The deal is in a stage; the report shows it where it believes it to be."""
        self.place(deal, stage)
        if deal.hidden or deal.shown != stage:
            self.tell(CODE["entered"], deal, stage, view=TRUTH)
            if not deal.hidden:
                self.tell(CODE["entered"], deal, deal.shown, view=REPORT)
        else:
            self.tell(CODE["entered"], deal, stage)
        self.mind_stay(deal)

    def move(self, deal: Deal, event: int, to: int) -> None:
        """The deal leaves its stage for another; the report tells what it sees of that."""
        stage, shown = deal.stage, deal.shown
        self.place(deal, to)
        seen = deal.shown
        if not deal.hidden and shown == stage and seen == to:
            self.tell(event, deal, stage)
            self.tell(CODE["entered"], deal, to)
            self.mind_stay(deal)
            return
        self.tell(event, deal, stage, view=TRUTH)
        self.tell(CODE["entered"], deal, to, view=TRUTH)
        if not deal.hidden and seen != shown:
            self.tell(CODE["advanced" if seen > shown else "regressed"], deal, shown, view=REPORT)
            self.tell(CODE["entered"], deal, seen, view=REPORT)
            self.mind_stay(deal)

    def place(self, deal: Deal, stage: int) -> None:
        """One more visit to a stage: where the deal is, where its buyer is, where the report shows it."""
        deal.stage, deal.stuck = stage, False
        deal.visits[stage] += 1
        if self.wait_for_buyer[self.period]:
            deal.buyer_stage = stage
        shown = self.shown(deal, stage)
        if shown != deal.shown:
            deal.before, deal.moved = deal.shown, self.env.now
        deal.shown = shown
        deal.turn += 1
        deal.stalled, deal.signal, deal.treated, deal.ready = -1.0, NONE, False, None

    def shown(self, deal: Deal, stage: int) -> int:
        """The stage that the report gives a visit to a stage."""
        if self.shows_truth or self.gated[self.period][stage]:
            return stage
        luck = self.luck(deal.visits[stage] - 1)
        share = self.entry_error[self.period]
        error = rules.entry_error(luck.error[stage][deal.number], share) if luck.error else 0
        return rules.shown_stage(stage, deal.inflation, error, self.tables.stages)

    def reprice(self, deal: Deal) -> None:
        """A deal that lives is asked today's price."""
        amount = rules.priced(deal.listed, self.price_kept[self.period])
        if amount != deal.amount:
            deal.amount = amount
            self.tell_knowing(CODE["amount_changed"], deal)

    def retreat(self, deal: Deal, stage: int) -> None:
        """A deal that falls back takes the buyer along; what he had begun beyond is void."""
        deal.retreats += 1
        deal.buyer_stage = min(deal.buyer_stage, stage)
        deal.buyer_free = self.env.now

    def reported_as(self, number: int, owner: int) -> tuple[bool, int]:
        """Whether a new deal is hidden, and how far its stage is off in the report."""
        if not self.misreports:
            return False, 0
        period = self.period
        hidden, inflated, shifted = (luck[number] for luck in self.report)
        hides = rules.is_hidden(
            self.hides[owner],
            self.hiding_reps_share[period],
            hidden,
            self.hidden_share[period],
            self.candour[owner],
        )
        inflation = int(inflated < self.inflated_share[period]) - int(shifted < self.shifted_share[period])
        return hides, inflation

    def end(self, deal: Deal, event: int, stage: int, reason: int, luck: LuckLists) -> None:
        """The customer has signed, has gone, or has given up; not every end is noticed."""
        deal.alive = False
        period = self.period
        if event == CODE["won"]:
            self.close(deal, event, stage, NONE, luck)
        elif luck.silent and luck.silent[stage][deal.number] < self.silent_share[period][stage]:
            self.tell(CODE["died"], deal, stage, reason, TRUTH)
            self.tell(event, deal, stage, reason, TRUTH)
            self.show_stall(deal, stage, luck, len(self.cause_reason) - 1)
            after = luck.discovery[stage][deal.number] * self.discovery_days[period]
            deal.end_event, deal.end_reason, deal.found_at = event, reason, self.env.now + after
            self.expect_word(deal, deal.found_at)
            self.want_touch(deal)
        else:
            self.close(deal, event, stage, reason, luck)

    def expect_word(self, deal: Deal, time: float) -> None:
        """Word that a deal is gone will get around."""
        rank = rules.tie_rank(rules.DISCOVERY, deal.number, NONE)
        self.at(time, rank, partial(self.discover, deal, deal.lives))

    def discover(self, deal: Deal, life: int, _: Any) -> None:
        """Word gets around that a deal is gone, if nobody has found out before."""
        if deal.open and deal.lives == life:
            self.find_out(deal)

    def find_out(self, deal: Deal) -> None:
        """Somebody finds out that a deal is gone."""
        self.tell_knowing(CODE["discovered"], deal, deal.stage)
        if not deal.hidden:
            self.tell(deal.end_event, deal, deal.shown, deal.end_reason, REPORT)
        self.give_up(deal, deal.stage, self.luck(deal.visits[deal.stage] - 1))

    def close(self, deal: Deal, event: int, stage: int, reason: int, luck: LuckLists) -> None:
        """Both views close the deal; a hidden one that is won comes as a surprise."""
        if deal.hidden:
            self.tell(event, deal, stage, reason, TRUTH)
            if event == CODE["won"]:
                for row in ("created", "registered", "entered", "won"):
                    at = NONE if row in ("created", "registered") else stage
                    self.tell(CODE[row], deal, at, view=REPORT)
                self.announce(deal.owner)
        elif deal.shown == stage:
            self.tell(event, deal, stage, reason)
        else:
            self.tell(event, deal, stage, reason, TRUTH)
            self.tell(event, deal, deal.shown, reason, REPORT)
        if event == CODE["won"]:
            self.forget(deal)
            self.after_the_order(deal)
        else:
            self.give_up(deal, stage, luck)

    def forget(self, deal: Deal) -> None:
        """The rep has done with a deal."""
        deal.open = False
        self.open_deals[deal.owner] -= not deal.hidden

    def give_up(self, deal: Deal, stage: int, luck: LuckLists) -> None:
        """A deal is closed without an order; some come back after a while."""
        self.forget(deal)
        period = self.period
        if luck.revive and luck.revive[stage][deal.number] < self.revive_share[period]:
            days = luck.revive_days[period][stage][deal.number]
            rank = rules.tie_rank(rules.ARRIVAL, deal.number, NONE)
            self.at(self.env.now + days, rank, partial(self.reopen, deal))

    def reopen(self, deal: Deal, _: Any) -> None:
        """A deal comes back into the stage it left, and does its work again."""
        if not self.active[deal.owner]:
            deal.owner = max(0, rules.least_loaded(self.open_deals, self.active))
        deal.alive = deal.open = True
        deal.absent = False
        deal.calls, deal.heir = rules.UNTOLD, NONE
        deal.patience = self.patience(deal.number, deal.lives)
        deal.lives += 1
        deal.touch_set = deal.in_line = deal.asked = deal.second_done = deal.flagged = False
        deal.track = deal.checked = -1.0
        deal.progress = self.env.now
        deal.retreats += 1
        deal.buyer_free = deal.contact = deal.charged = self.env.now
        self.open_deals[deal.owner] += not deal.hidden
        self.tell_knowing(CODE["reopened"], deal)
        self.reprice(deal)
        self.enter(deal, deal.stage)
        self.env.process(self.life(deal))
        self.watch(deal)
