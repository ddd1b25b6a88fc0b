"""What one part of a scenario cannot know of another, checked over the whole."""
from __future__ import annotations
from funnelsim.errors import Fault
from funnelsim.scenario.model import Scenario
def faults(scenario: Scenario) -> list[Fault]:
    return []
def unrelated(found: list[Fault], door: list[Fault]) -> list[Fault]:
    return found
