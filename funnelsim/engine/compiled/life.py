"""The life of an opportunity: it is born, enters a stage, is worked on and passes the gate, as in
`engine.reference`, on records."""

from __future__ import annotations

from funnelsim.engine import rules
from funnelsim.engine.compiled import codes, lines
from funnelsim.engine.compiled.coaching import skill_of
from funnelsim.engine.compiled.contact import fear_neglect, want_touch
from funnelsim.engine.compiled.deciding import helped, score, whose_turn
from funnelsim.engine.compiled.jit import part, rare
from funnelsim.engine.compiled.memory import (
    CAUSE,
    ENDING,
    HIDDEN,
    INFLATED,
    OF_DEAL,
    OWNER,
    SHIFTED,
    SKIP,
    STALL,
)  # fmt: skip
from funnelsim.engine.compiled.moments import schedule
from funnelsim.engine.compiled.reported import chance, close, end, enter, move, reprice, tell, tell_knowing
from funnelsim.engine.compiled.returning import after_the_order
from funnelsim.engine.compiled.seeing import register, tell_skipped
from funnelsim.engine.compiled.standards import announce, left_undone, mind_stay, skips


@part
def route(s, p, firm, luck, world, number):
    """Who gets a new deal: one of its territory's reps, or while nobody is there who has the fewest."""
    if p.routing > rules.AT_RANDOM:
        return whose_turn(s, luck, world, p.routing)
    row = len(world.territory_reps) - 1
    if p.routing == rules.BY_TERRITORY:
        row = firm.unit_territory[s.period, luck.customers[number].unit] + 1
    here = world.territory_reps[row, 0]
    if here > 0:
        return world.territory_reps[
            row, 1 + rules.pick(chance(s, luck, OF_DEAL, OWNER, number, codes.ZERO), here)
        ]
    return max(0, rules.least_loaded(world.open_deals, world.active))


@part
def open_deal(s, p, firm, luck, world, agenda, told, deal, number, owner):
    """A customer comes."""
    deal.owner, deal.listed, deal.lives, deal.handed = owner, luck.amount[s.period, number], 1, codes.NONE
    deal.amount = rules.priced(deal.listed, p.price_kept)
    deal.source, deal.quality = luck.customers[number].source, luck.quality[s.period, number]
    deal.patience = luck.patience[0, number] if s.minds_neglect else 0.0
    deal.worked = s.now
    if s.scores:
        deal.score = score(s, p, firm, deal, luck.customers[number].unit)
    if s.misreports:
        if p.hidden_share > 0.0 and luck.hides[owner] < p.hiding_reps_share:
            u = chance(s, luck, OF_DEAL, HIDDEN, number, codes.ZERO)
            deal.hidden = rules.is_hidden(
                luck.hides[owner], p.hiding_reps_share, u, p.hidden_share, world.reps[owner].candour
            )
        if p.inflated_share > 0.0:
            deal.inflation = int(chance(s, luck, OF_DEAL, INFLATED, number, codes.ZERO) < p.inflated_share)
        if p.shifted_share > 0.0:
            deal.inflation -= int(chance(s, luck, OF_DEAL, SHIFTED, number, codes.ZERO) < p.shifted_share)
    birth = world.born[s.born]
    birth.number, birth.time, birth.owner = number, s.now, owner
    s.born += 1
    _live(s, world, deal, number)
    if s.manages:
        seen = world.managed[number]
        seen.known_from = seen.moved = s.now
        seen.unaudited = 1.0
    tell_knowing(s, told, deal, number, codes.CREATED, codes.NONE, codes.NONE)
    if deal.inflation > 0 and p.gated != (1 << world.visits.shape[1]) - 1:
        tell(s, told, deal, number, codes.IS_INFLATED, codes.NONE, codes.NONE, codes.TRUTH)


@rare
def reopen(s, p, luck, world, agenda, told, deal, number):
    """A deal comes back into the stage it left, and does its work again."""
    if not world.active[deal.owner]:
        deal.owner = max(0, rules.least_loaded(world.open_deals, world.active))
    deal.patience = luck.patience[deal.lives, number] if s.minds_neglect else 0.0
    deal.lives += 1
    deal.retreats += 1
    deal.absent = deal.touch_set = deal.in_line = deal.asked = deal.flagged = 0
    deal.buyer_free = s.now
    if s.tells:
        world.parting.handed[number].calls = rules.UNTOLD
        world.parting.handed[number].heir = codes.NONE
    _live(s, world, deal, number)
    tell_knowing(s, told, deal, number, codes.REOPENED, codes.NONE, codes.NONE)
    reprice(s, p, told, deal, number)


@part
def _live(s, world, deal, number):
    deal.alive = deal.open = 1
    deal.contact = deal.charged = s.now
    if s.manages:
        seen = world.managed[number]
        seen.progress = s.now
        seen.checked = seen.track = -1.0
        seen.second_done = 0
        if not seen.watched:
            seen.watched = 1
            world.watched[s.watched] = number
            s.watched += 1
    if not deal.hidden:
        world.open_deals[deal.owner] += 1


@part
def arrive(s, p, firm, luck, world, agenda, told, deal, number):
    """A deal that has just come enters its stage, and is watched from now on."""
    enter(s, p, luck, world, told, deal, number, deal.stage)
    if s.standards:
        mind_stay(s, firm, agenda, deal, number)
    want_touch(s, p, agenda, deal, number)
    fear_neglect(s, p, agenda, deal, number)


@part
def falls_back(world, which, stage, number):
    """Whether a deal that does not advance goes back one stage."""
    return which == 0 and stage > 0 and rules.may_regress(stage, world.visits[number, stage - 1])


@part
def advances(s, p, firm, luck, world, deal, number):
    """Whether the deal's luck lies below its effects, those of today."""
    ahead = 0 if p.wait_for_buyer else deal.stage + 1 - deal.buyer_stage
    odds = firm.stages[s.period, deal.stage].stage_logit
    if rules.wants_specialist(p.support_when, deal.listed, p.large_amount):
        odds = firm.stages[s.period, deal.stage].supported_logit
    limit = rules.advance_limit(
        odds, deal.quality,
        skill_of(s, firm, luck, world, deal), firm.source_logit[s.period, deal.source], ahead, p.ahead_logit,
        deal.odds,
    )  # fmt: skip
    return luck.values[deal.luck, firm.gate[deal.stage]] < limit


@part
def ending(s, firm, luck, deal, number):
    """What else happens to a deal that does not advance: 0 regress, 1 no decision, then the reasons of a loss."""
    u = chance(s, luck, ENDING, deal.stage, number, deal.visit)
    return rules.which(u, firm.ending_edges[s.period, deal.stage])


@part
def customer(s, p, firm, world, agenda, told, deal, number):
    """The customer takes his days for a stage, after those of the stages before."""
    now, wait = s.now, 0.0
    if deal.buyer_free > now and not p.wait_for_buyer:
        wait = deal.buyer_free - now
    if deal.stall >= 0:
        tell(s, told, deal, number, codes.STALLED, deal.stage, firm.cause_reason[deal.stall], codes.TRUTH)
        overdue = deal.stage + (deal.stall << 16) + (deal.visit << 32)
        rank = rules.tie_rank(rules.DISCOVERY, number, codes.NONE)
        schedule(s, agenda, now + (wait + deal.days / p.stall_factor), rank, overdue, deal.retreats)
    about = deal.stage + (int(deal.stall >= 0) << 16) + (deal.token << 32)
    rank = rules.tie_rank(rules.READY, number, codes.NONE)
    slot = s.free_event
    comes = schedule(s, agenda, now + (wait + deal.days), rank, about, deal.retreats) >= 0
    if s.manages:
        world.managed[number].ready_at = slot if comes else codes.NONE
    deal.buyer_free = now + (wait + deal.days)
    deal.has_begun = 1


@part
def is_ready(s, world, told, deal, number, about, retreats):
    """The customer is done with a stage: unless that has become void meanwhile. Whether the deal waited for it."""
    if deal.alive and deal.retreats == retreats:
        stage = about & 0xFFFF
        if s.manages:
            world.managed[number].progress = s.now
        deal.buyer_stage = stage + 1
        if (about >> 16) & 0xFFFF:
            deal.stuck = 0
            tell_knowing(s, told, deal, number, codes.STALL_ENDED, stage, codes.NONE)
        tell_knowing(s, told, deal, number, codes.IS_READY, stage, codes.NONE)
    if about >> 32 != deal.token:
        return False
    deal.ready = 1
    if s.manages and deal.alive:
        world.managed[number].stalled = -1.0
    return deal.waits and deal.alive


@part
def to_the_gate(s, agenda, deal, number):
    deal.waits = 0
    schedule(s, agenda, s.now, rules.tie_rank(rules.GATE, number, codes.NONE), deal.token, codes.ZERO)


@part
def pass_gate(s, p, firm, luck, world, agenda, told, deal, number):
    """What comes of a visit when work and customer are done; whether the deal goes on, entered anew."""
    deal.absent = 0
    stage, shown, stages = deal.stage, deal.shown, world.visits.shape[1]
    if advances(s, p, firm, luck, world, deal, number):
        skip_u = 1.0 if p.strict else chance(s, luck, SKIP, stage, number, deal.visit)
        following = rules.next_stage(stage, stages, p.strict, skip_u, p.skip_share)
        if following == stages:
            deal.alive = 0
            close(s, told, world, deal, number, codes.WON, stage, codes.NONE)
            if s.loyal:
                after_the_order(s, luck, agenda, deal, number)
            if s.standards and deal.hidden:
                announce(s, firm, world, deal.owner)
            return False
        if s.manages:
            world.managed[number].progress = s.now
        move(s, p, luck, world, told, deal, number, codes.ADVANCED, following)
    else:
        which = ending(s, firm, luck, deal, number)
        if not falls_back(world, which, stage, number):
            event = codes.LOST if which > 1 else codes.NO_DECISION
            end(s, p, firm, luck, world, agenda, told, deal, number, event, max(0, which - 1))
            return False
        deal.retreats += 1
        deal.buyer_stage = min(deal.buyer_stage, stage - 1)
        deal.buyer_free = s.now
        move(s, p, luck, world, told, deal, number, codes.REGRESSED, stage - 1)
    if s.standards and deal.shown != shown:
        mind_stay(s, firm, agenda, deal, number)
    want_touch(s, p, agenda, deal, number)
    return True


@part
def begin_visit(s, p, firm, luck, world, agenda, told, deal, number):
    """A deal has entered a stage: what the visit would end in says whose days the customer takes."""
    stage = deal.stage
    here = firm.stages[s.period, stage]
    deal.odds = 0.0
    deal.item = deal.attempt = 0
    if s.standards:
        deal.odds = left_undone(s, firm, luck, deal, number)
    if s.helps:
        deal.odds = deal.odds + helped(s, firm, deal)
    deal.worth = here.worth
    fate = rules.ADVANCE
    if not here.one_delay and not advances(s, p, firm, luck, world, deal, number):
        which = ending(s, firm, luck, deal, number)
        fate = rules.LOST if which > 1 else rules.NO_DECISION
        if falls_back(world, which, stage, number):
            fate = rules.REGRESS
    deal.days = luck.values[deal.luck, firm.delay[s.period, stage, fate]]
    deal.stall = codes.NONE
    if here.stall_share > 0.0 and chance(s, luck, STALL, stage, number, deal.visit) < here.stall_share:
        deal.stall = rules.which(
            chance(s, luck, CAUSE, stage, number, deal.visit), firm.cause_edges[s.period, stage]
        )
        deal.days = deal.days * p.stall_factor
        if deal.stall == firm.absent:
            deal.absent = 1
    deal.work, deal.work_last, deal.work_period = here.first_work, here.last_work, s.period
    deal.ready = deal.waits = deal.has_begun = 0
    if not p.work_first:
        customer(s, p, firm, world, agenda, told, deal, number)


@part
def next_work(s, p, firm, luck, world, agenda, told, deal, number):
    """The next task of the visit joins its line; with none left it is up to the customer, and to the gate."""
    if s.standards and deal.unregistered:
        register(s, p, firm, world, agenda, told, deal, number)
        return
    while deal.work < deal.work_last:
        at = deal.work
        item = firm.work[at]
        deal.work += 1
        if s.standards and skips(s, firm, luck, at, deal.work_period, number, deal.visit):
            tell_skipped(s, told, deal, number, item.activity, luck.values[deal.luck, item.column])
            continue
        if rules.wants_specialist(item.when, deal.listed, item.over):
            hours = luck.values[deal.luck, item.column]
            at = lines.new_task(s, world, number, deal.lives, deal.stage, item.activity, hours)
            lines.join(s, p, world, agenda, told, deal.owner if item.pool < 0 else item.pool, at)
            return
    if not deal.has_begun:
        customer(s, p, firm, world, agenda, told, deal, number)
    if p.wait_for_buyer and not deal.ready:
        deal.waits = 1
    else:
        to_the_gate(s, agenda, deal, number)
