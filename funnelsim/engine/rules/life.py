"""The life of an opportunity: gates, neglect, returns, prices."""

from __future__ import annotations

from funnelsim.engine.rules.marks import ALWAYS, ATTEMPTS, LARGE_DEALS, MOST_VISITS, rule


@rule
def advance_limit(
    stage_logit: float, quality: float, skill: float, source: float, ahead: int, ahead_logit: float,
    visit: float = 0.0,
) -> float:  # fmt: skip
    """A deal advances when the logit of its luck lies below this sum of effects.

    stage_logit   logit of the stage's advance rate with its change of odds
    quality, skill, source   hidden quality of the deal, skill of its owner, effect of its source
    ahead         stages the seller would be ahead of the buyer after the step; one is free
    visit         what was done or left undone in this visit, all together
    """
    limit = stage_logit + quality + skill + source + visit
    if ahead > 1:
        limit = limit + ahead_logit * (ahead - 1)
    return limit


@rule
def neglect_from(contact: float, grace_days: float, charged: float) -> float:
    """From when on being untouched counts: some days after the last contact, nothing charged twice."""
    begin = contact + grace_days
    return begin if begin > charged else charged


@rule
def neglect_used(begin: float, now: float, hazard: float) -> float:
    """How much of a deal's patience the time from `begin` to `now` has used up; hazard a day."""
    return (now - begin) * hazard if now > begin else 0.0


@rule
def neglect_end(begin: float, patience: float, hazard: float) -> float:
    """When the patience that is left is used up, if nobody calls."""
    return begin + patience / hazard if patience > 0.0 else begin


@rule
def may_regress(stage: int, visits_before: int) -> bool:
    """Whether a deal may fall back: not from the first stage, nor to one it has visited three times."""
    return stage > 0 and visits_before < MOST_VISITS


@rule
def next_stage(stage: int, stages: int, strict: bool, skip_u: float, skip_share: float) -> int:
    """The stage an advancing deal enters, `stages` when it is won; a jump of one only where not strict."""
    if not strict and stage + 2 < stages and skip_u < skip_share:
        return stage + 2
    return stage + 1


@rule
def wants_specialist(when: int, amount: int, large_amount: float) -> bool:
    """Whether a specialist works on a deal of this amount."""
    return when == ALWAYS or (when == LARGE_DEALS and amount >= large_amount)


@rule
def priced(listed: int, kept: float) -> int:
    """The amount of a deal: its list price less what is given away, whole, half to even, 1 at least.

    kept   share of the list price
    """
    exact = listed * kept
    amount = int(exact)
    rest = exact - amount
    if rest > 0.5 or (rest == 0.5 and amount % 2 == 1):
        amount += 1
    return amount if amount > 1 else 1


@rule
def attempt_visit(visit: int, attempt: int) -> int:
    """Counter of the luck of the k-th look at the evidence of a visit, both from 0."""
    return ATTEMPTS * visit + attempt


@rule
def is_missing(u: float, share: float) -> bool:
    """Whether an item of evidence is not there although work and customer are done."""
    return u < share


@rule
def is_skipped(u: float, compliance: float) -> bool:
    """Whether a key selling activity is left out: who keeps to more of them leaves out fewer, the same first."""
    return u >= compliance


@rule
def may_collide(required: bool, hidden: bool) -> bool:
    """Whether nobody would notice that a second rep pursues a deal too: it is not registered."""
    return hidden or not required


@rule
def comes_back(u: float, share: float) -> bool:
    """Whether a customer who has ordered comes back with another need: with a higher share the same ones do."""
    return u < share


@rule
def leaves_with_rep(u: float, chance: float) -> bool:
    """Whether a deal goes with the rep who leaves."""
    return u < chance
