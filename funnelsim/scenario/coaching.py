"""What makes ordinary people sell well: a process that is written down and kept to.

The numbers that say what it does are assumptions.
"""

from __future__ import annotations

from funnelsim.scenario.part import Part, Share


class Process(Part):
    """What a process does at full strength; at half of it half as much."""

    skill_narrowed: Share = 0.55
    """Share by which reps differ less in skill: the weak sell better, the strong less by feel. A little over half,
    so that their chances of an order differ at most half as much."""
    ramp_shorter: Share = 0.5
    """Share by which a new rep is at full speed sooner."""
    leaving_rarer: Share = 0.3
    """Share by which reps leave less often."""
    loss_smaller: Share = 0.3
    """Share by which fewer deals go with a rep who leaves."""
