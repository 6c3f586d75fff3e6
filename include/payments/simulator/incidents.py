"""Incidents and decoys as data: what happens where, on which days, and how strongly."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from .vocabulary import COUNTRIES, ENTRY_MODES, ENTRY_SYSTEMS, NETWORKS, ROUTES, SOLUTIONS
from .world import MERCHANTS, issuer_ids

ROUTE = "route_name"
COLUMNS: dict[str, tuple[str, tuple[str, ...]]] = {
    "merchant_id": ("merchant", tuple(f"m_{i}" for i in range(MERCHANTS))),
    "issuer_id": ("issuer", tuple(issuer_ids())),
    "card_network": ("network", NETWORKS),
    "entry_system": ("entry_system", ENTRY_SYSTEMS),
    "entry_mode": ("entry_mode", ENTRY_MODES),
    "payment_solution": ("solution", SOLUTIONS),
    "geo_country": ("payer_country", COUNTRIES),
    ROUTE: ("route", ROUTES),
}
"""Columns that name a cell: the array of the same meaning in Purchases (of the route: in Attempts), and its values."""

APPROVAL_RATE = "approval_rate"
PROCESSING_TIME = "processing_time_ms"


@dataclass(frozen=True)
class Incident:
    """Something that went wrong in a cell, from `first` to `last` day.

    `cell` gives a value number for each column of COLUMNS. At 20 000 events a day `metric` leaves its usual value by
    about `standard_errors` of a day's mean in the cell. `decline` is the probability that a payment of the cell is
    declined because of it, with `reason`; `slow_ms` is what it adds to the time to respond; `ring` is the share of
    the cell's purchases that a fraud ring makes instead.
    """

    id: str
    kind: str
    cell: tuple[tuple[str, int], ...]
    first: date
    last: date
    metric: str
    standard_errors: float
    decline: float = 0.0
    reason: int = 0
    slow_ms: float = 0.0
    ring: float = 0.0

    def values(self) -> dict[str, str]:
        """The cell in the words of the events."""
        return {column: COLUMNS[column][1][number] for column, number in self.cell}


@dataclass(frozen=True)
class Decoy:
    """A change that nobody has to act on: more or other payments, each approved as often as before.

    `cell` is in the words of the events and of the merchant dimension; `factor` is how often the payments of the cell
    come, relative to an ordinary day.
    """

    kind: str
    cell: tuple[tuple[str, str], ...]
    first: date
    last: date
    factor: float
