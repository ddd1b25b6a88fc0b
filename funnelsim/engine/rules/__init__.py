"""Every decision of the funnel, once: scalars and arrays in, a number out.

Only + - * /, square roots and comparisons, so that every engine that calls a rule gets the same bits;
logarithms, powers and quantiles belong to `tables` and `draws`. `rule` marks what an engine
calls while a run is on; a compiled engine compiles exactly these.

    marks     kinds of moments, ends and policies as numbers; what makes a function a rule
    order     what comes first, who is next
    deciding  who gets a deal, what it counts in a line
    life      gates, neglect, returns
    report    what the CRM shows
    manager   what a manager looks at, finds and decides
    leaving   who takes over, which customers go along
    money     commission, weighted quota
    coaching  what a rep learns and believes
"""

from __future__ import annotations

from funnelsim.engine.rules.coaching import *
from funnelsim.engine.rules.deciding import *
from funnelsim.engine.rules.leaving import *
from funnelsim.engine.rules.life import *
from funnelsim.engine.rules.manager import *
from funnelsim.engine.rules.marks import *
from funnelsim.engine.rules.money import *
from funnelsim.engine.rules.order import *
from funnelsim.engine.rules.report import *
