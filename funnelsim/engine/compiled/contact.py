"""Keeping in touch with customers, and what comes of not doing so: `engine.contact` on records."""

from __future__ import annotations

from funnelsim.engine import rules
from funnelsim.engine.compiled.codes import NONE, ZERO
from funnelsim.engine.compiled.jit import part
from funnelsim.engine.compiled.moments import schedule


@part
def want_touch(s, p, agenda, deal, number):
    """A touch is due some days after the last contact; one timer, set anew when it goes off."""
    if deal.touch_set or deal.absent or not deal.open or not s.touches:
        return
    due = deal.contact + p.touch_every
    if due >= s.horizon:
        return
    if due < s.now:
        due = s.now
    rank = rules.tie_rank(rules.TOUCH_DUE, number, NONE)
    if schedule(s, agenda, due, rank, deal.lives, deal.touch_token) >= 0:
        deal.touch_set = 1


@part
def charge_neglect(s, p, deal):
    """Time untouched so far uses up the customer's patience, once."""
    begin = rules.neglect_from(deal.contact, p.neglect_after, deal.charged)
    deal.patience = deal.patience - rules.neglect_used(begin, s.now, p.neglect_hazard)
    if s.now > deal.charged:
        deal.charged = s.now


@part
def in_contact(s, p, deal, until):
    """The owner begins to work on a deal; he is in contact until he ends."""
    if s.minds_neglect:
        charge_neglect(s, p, deal)
    deal.contact = until


@part
def fear_neglect(s, p, agenda, deal, number):
    """When the customer turns away if nobody ever calls: one timer, set anew when it goes off."""
    hazard = p.neglect_hazard
    if not deal.alive or hazard <= 0.0:
        return
    since = deal.charged if deal.charged > s.now else s.now
    begin = rules.neglect_from(deal.contact, p.neglect_after, since)
    gone = rules.neglect_end(begin, deal.patience, hazard)
    rank = rules.tie_rank(rules.NEGLECT, number, NONE)
    deal.neglect = schedule(s, agenda, gone, rank, ZERO, ZERO)
    deal.feared_contact, deal.feared_charged = deal.contact, deal.charged
