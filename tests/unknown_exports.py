"""Small exports in which no word is known: everything has to be said by a mapping."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pandas as pd

from funnelsim.scenario.extend import shipped_folder
from funnelsim.show.demo import EXAMPLE

STEPS = ("Besuch", "Angebot", "Verhandlung")
ENDS = ("gewonnen", "verloren", "eingeschlafen")


def deals(path: Path, rows: int = 300) -> Path:
    """A table of deals without a word that any list knows."""
    rng = np.random.default_rng(2)
    lines = ["Vorgang;Verkäufer;Beginn;Ende;Ergebnis;Volumen"]
    for n in range(rows):
        begin = date(2025, 1, 1) + timedelta(days=int(rng.integers(0, 500)))
        end = begin + timedelta(days=int(rng.gamma(2, 25)) + 1)
        known = end < date(2026, 6, 1)
        told = str(rng.choice(ENDS, p=(0.4, 0.4, 0.2))) if known else "offen"
        lines.append(
            f"A-{n};{'Müller' if n % 2 else 'Schmidt'};{begin};{end if known else ''};{told};{1000 + n}"
        )
    path.write_text("\n".join(lines), "utf-8")
    return path


def moves(path: Path, rows: int = 150) -> Path:
    """A history of stages without a word that any list knows."""
    rng = np.random.default_rng(3)
    lines = ["Vorgang|Schritt|Wann"]
    for n in range(rows):
        day = date(2025, 1, 1) + timedelta(days=int(rng.integers(0, 400)))
        for step in STEPS:
            lines.append(f"A-{n}|{step}|{day}")
            day += timedelta(days=int(rng.gamma(2, 12)) + 1)
            if rng.random() < 0.3:
                lines.append(f"A-{n}|{ENDS[1 + n % 2]}|{day}")
                break
        else:
            lines.append(f"A-{n}|{ENDS[0]}|{day}")
    path.write_text("\n".join(lines), "utf-8")
    return path


def simulated(path: Path) -> Path:
    """The example record of funnelsim, one row a deal, in words that no list knows."""
    told = pd.read_csv(shipped_folder() / EXAMPLE, parse_dates=["time"])
    known = {"won": ENDS[0], "lost": ENDS[1], "no_decision": ENDS[2]}
    rows = []
    for deal, own in told.groupby("opportunity"):
        ends = own[own["event"].isin(list(known))]
        rows.append({
            "Vorgang": deal, "Verkäufer": own["owner"].iloc[0], "Beginn": own["time"].min().date(),
            "Ende": ends["time"].max().date() if len(ends) else "",
            "Ergebnis": known[ends["event"].iloc[-1]] if len(ends) else "offen", "Volumen": own["amount"].iloc[-1],
        })  # fmt: skip
    pd.DataFrame(rows).to_csv(path, sep=";", index=False)
    return path
