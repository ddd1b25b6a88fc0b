"""Numbers of events and views as the compiled engine wants them: of one type, so that a part that is given
one is compiled once and not once a number."""

from __future__ import annotations

from typing import Any

import numpy as np

from funnelsim.engine import contact, desks, managers, seeing
from funnelsim.engine.standards import SIDE
from funnelsim.history import log


def _one(number: int) -> Any:
    return np.int64(number)


_CODE = {name: _one(code) for name, code in log.CODE.items()}

NONE, BOTH, TRUTH, REPORT = (_one(number) for number in (log.NONE, log.BOTH, log.TRUTH, log.REPORT))
ZERO, ONE = _one(0), _one(1)
CREATED, REGISTERED, ENTERED, WON = (_CODE[name] for name in ("created", "registered", "entered", "won"))
ADVANCED, REGRESSED, LOST = _CODE["advanced"], _CODE["regressed"], _CODE["lost"]
NO_DECISION, STALLED, STALL_ENDED = _CODE["no_decision"], _CODE["stalled"], _CODE["stall_ended"]
IS_READY, REOPENED, HIRED, LEFT = _CODE["ready"], _CODE["reopened"], _CODE["hired"], _CODE["left"]
NOTICED, RAMPED = _CODE["noticed"], _CODE["ramped"]
OWNER_CHANGED, DIED, DISCOVERED = _CODE["owner_changed"], _CODE["died"], _CODE["discovered"]
IS_INFLATED, AMOUNT_CHANGED, CONDITION_MET = (
    _CODE[name] for name in ("inflated", "amount_changed", "condition_met")
)
EVIDENCE_MISSING, TASK_SKIPPED = _CODE["evidence_missing"], _CODE["task_skipped"]
COLLIDED, REMINDED, PAID = _CODE["collided"], _CODE["reminded"], _CODE["paid"]

QUEUED, STARTED, ENDED = _one(desks.QUEUED), _one(desks.STARTED), _one(desks.ENDED)
TOUCHED, TOUCH, PROSPECTING = _one(contact.TOUCHED), _one(desks.TOUCH), _one(desks.PROSPECTING)

REVIEWED, NOT_REVIEWED, AUDITED = _CODE["reviewed"], _CODE["not_reviewed"], _CODE["audited"]
REMEDIED, COACHED, NOT_COACHED = _CODE["remedied"], _CODE["coached"], _CODE["not_coached"]
WEEKLY_CHECK, SECOND_CHECK, VERDICT, CONTINUES, KEPT, DROPPED, AUDIT, IN_ORDER, UNLISTED, DIAGNOSIS = (
    _one(which) for which in range(len(managers.REASONS))
)

MARKET, FOUND, REOPEN, AGAIN = (_one(how) for how in range(4))
"""How a deal arrives."""
REPEAT, APPROVAL = _one(1), _one(2)
"""What a moment of the kind `gate` is about, where it is not the gate."""
SIDES, NEVER = _one(len(SIDE)), seeing.NEVER
IS_DISCOVERED, IS_PAID = _one(-1), _one(-2)
"""What a moment of discovery is about, where it is not a stall that shows."""
COMES_OR_GOES, GIVES_NOTICE, CALLS_LATE, TAKES_BACK = (_one(what) for what in range(4))
"""What a moment of staffing is about."""
HANDING = _one(-2)
"""What a task brings that is part of a handover: this less the number of the notice."""
