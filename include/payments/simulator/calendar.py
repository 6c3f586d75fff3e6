"""Which incidents and decoys happen on which day: planned block by block, from (seed, block) alone.

A block is 28 days from EPOCH on. Its first ten days have no incident; on the others each kind happens once, for one to
five days. So every window of 14 days has days with incidents in it, every one of 28 days has all kinds and ten quiet
days in a row, and any day can be known without another one.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cache

from . import decoys
from .blocks import CALM_DAYS, block_of, block_rng, block_start
from .conditions import Conditions, conditions
from .incidents import APPROVAL_RATE, PROCESSING_TIME, Decoy, Incident
from .reference import Usual, merchant_outcome, usual_cells
from .vocabulary import REASON
from .world import BLOCK_DAYS

SMALLEST, LARGEST = 140.0, 1500.0
"""Events a day of a cell, at 20 000 events a day: seasons keep it between 100 and 2 000."""
WEAKEST, STRONGEST = 5.0, 9.5
"""Standard errors of a day's mean: seasons keep it between 4 and 12."""
UNSEEN = 2.8
"""What is hidden in a cell of two columns is off by no more, in standard errors, in the cell of either column alone."""
LONGEST_DAYS = 5


@dataclass(frozen=True)
class Kind:
    """A kind of incident: the columns that may name its cell (one choice is drawn), and whether it is hidden there."""

    columns: tuple[tuple[str, ...], ...]
    hidden: bool = False


KINDS = {
    "issuer_down": Kind((("issuer_id",),)),
    "route_degraded": Kind((("route_name", "card_network"), ("route_name", "geo_country")), hidden=True),
    "route_slow": Kind((("route_name", "entry_system"), ("route_name", "card_network"))),
    "fraud_ring": Kind((("merchant_id",),)),
    "misconfigured_merchant": Kind((("merchant_id", "entry_system"),)),
    "soft_decline_wave": Kind((("issuer_id", "card_network"), ("issuer_id", "payment_solution")), hidden=True),
    "entry_mode_failure": Kind((("issuer_id", "entry_mode"),), hidden=True),
}

_REASONS = {
    "issuer_down": "ISSUER_UNAVAILABLE",
    "route_degraded": "TEMPORARY_FAILURE",
    "misconfigured_merchant": "CVV_MISMATCH",
    "soft_decline_wave": "DO_NOT_HONOR",
    "entry_mode_failure": "DO_NOT_HONOR",
}
_ECHO = {"soft_decline_wave": 1.2, "entry_mode_failure": 1.15}
"""A payment that such an incident declined is often tried again in the same cell: its loss grows by this factor."""


def incidents(day: date, seed: int) -> tuple[Incident, ...]:
    """The incidents that go on on a day."""
    return tuple(incident for incident in _plan(block_of(day), seed)[0] if incident.first <= day <= incident.last)


def planned_decoys(day: date, seed: int) -> tuple[Decoy, ...]:
    """The decoys that go on on a day because the calendar planned them."""
    return tuple(decoy for decoy in _plan(block_of(day), seed)[1] if decoy.first <= day <= decoy.last)


def decoys_of(day: date, seed: int) -> tuple[Decoy, ...]:
    """All decoys of a day: planned ones, holidays, discounts and new merchants."""
    return planned_decoys(day, seed) + decoys.by_calendar(day)


def conditions_of(day: date, seed: int) -> Conditions:
    """What holds on a day for a seed."""
    return conditions(day, incidents(day, seed), planned_decoys(day, seed))


@cache
def _plan(block: int, seed: int) -> tuple[tuple[Incident, ...], tuple[Decoy, ...]]:
    """The incidents of a block, one of each kind, and its decoys. Incidents near each other have no value in common."""
    rng = block_rng(block, seed, 11)
    found: list[Incident] = []
    kinds = rng.permutation(list(KINDS)).tolist()
    room = BLOCK_DAYS - CALM_DAYS - 1
    for place, kind in enumerate(kinds):
        days = int(rng.integers(1, LONGEST_DAYS + 1))
        start = CALM_DAYS + min(round(place * room / (len(kinds) - 1)), room + 1 - days)
        near = {value for incident in found[-2:] for value in incident.cell}
        cells = [cell for cell in _cells(kind) if not near & set(cell.cell)]
        cell = cells[rng.integers(len(cells))]
        errors = float(rng.uniform(WEAKEST, STRONGEST))
        if KINDS[kind].hidden:
            errors = min(errors, UNSEEN / cell.seen_alone)
        first = block_start(block) + timedelta(days=start)
        found.append(_incident(kind, cell, first, first + timedelta(days=days - 1), errors))
    busy = frozenset(number for incident in found for column, number in incident.cell if column == "merchant_id")
    return tuple(found), decoys.planned(block, seed, busy)


@cache
def _cells(kind: str) -> list[Usual]:
    """Cells that an incident of a kind may be in: of the right size, and small enough in each other one to hide."""
    cells = [cell for columns in KINDS[kind].columns for cell in usual_cells(columns, SMALLEST, LARGEST)]
    return [cell for cell in cells if not KINDS[kind].hidden or cell.seen_alone <= UNSEEN / WEAKEST]


def _incident(kind: str, cell: Usual, first: date, last: date, errors: float) -> Incident:
    """An incident so strong that the day's mean of its metric is off by `errors` of its standard errors."""
    name = "-".join(str(number) for _, number in cell.cell)
    made = Incident(f"{first}-{kind}-{name}", kind, cell.cell, first, last, APPROVAL_RATE, round(errors, 2))
    if kind == "route_slow":
        slow_ms = errors * cell.latency_ms / cell.events**0.5
        return replace(made, metric=PROCESSING_TIME, slow_ms=round(slow_ms, 1))
    loss = errors * (cell.approval * (1.0 - cell.approval) / cell.events) ** 0.5
    if kind == "fraud_ring":
        return replace(made, ring=_ring_share(made, loss))
    decline = loss / cell.approval / _ECHO.get(kind, 1.0)
    return replace(made, decline=round(decline, 4), reason=REASON[_REASONS[kind]])


def _ring_share(made: Incident, loss: float) -> float:
    """Share of a merchant's purchases that a ring has to make for the approval rate to fall by `loss`."""
    [(_, merchant)] = made.cell
    usual_rate, usual_events = merchant_outcome(merchant, None)
    ring_rate, ring_events = merchant_outcome(merchant, replace(made, ring=1.0))
    of_events = loss / (usual_rate - ring_rate)
    return round(of_events * usual_events / (ring_events * (1.0 - of_events) + of_events * usual_events), 4)
