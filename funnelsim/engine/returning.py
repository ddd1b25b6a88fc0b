"""What follows an order: it is paid, and some customers come back."""

from __future__ import annotations

from functools import partial
from typing import Any

from funnelsim.engine import rules
from funnelsim.engine.deal import Deal
from funnelsim.engine.lists import Lists
from funnelsim.history.log import CODE, NONE


class Returning(Lists):
    """The part of a company that is paid, and to which customers come back."""

    def after_the_order(self, deal: Deal) -> None:
        """An order is paid some days later, and some customers come back after a while."""
        period, number, now = self.period, deal.number, self.env.now
        if self.pays and self.tables.loyalty.cash_days[period] is not None:
            rank = rules.tie_rank(rules.DISCOVERY, number, NONE)
            self.at(now + self.cash_days[period][number], rank, partial(self.paid, deal))
        child = self.child[number] if self.child else NONE
        if child >= 0 and rules.comes_back(self.comes_back[number], self.tables.loyalty.share[period]):
            rank = rules.tie_rank(rules.ARRIVAL, child, NONE)
            self.at(now + self.return_days[period][child], rank, partial(self.again, child, deal.owner))

    def paid(self, deal: Deal, _: Any) -> None:
        self.tell(CODE["paid"], deal)

    def again(self, number: int, owner: int, _: Any) -> None:
        """A customer comes back, to the rep who had him where he is still there."""
        if not self.active[owner]:
            owner = max(0, rules.least_loaded(self.open_deals, self.active))
        self.open_deal(number, owner)
