"""What a simulated day is made from. Equal settings and date give equal bytes."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from datetime import date

from .seasons import volume

VERSION = 2
"""Number of the world: it goes up with every change of the simulator that changes an event."""


@dataclass(frozen=True)
class Settings:
    """`events_per_day` distinct events; the rates are shares of that number, 0 to 0.5.

    `duplicate_rate`: records that come a second time, on top of the events. `malformed_rate`: unusable records on top,
    in a JSON lines file of their own. `late_rate`: events that happened one to three days before the day of the file.
    `seasonal`: days differ in size, by week, month, holiday and growth; `events_per_day` is then an ordinary day.
    """

    events_per_day: int
    seed: int
    duplicate_rate: float = 0.0
    malformed_rate: float = 0.0
    late_rate: float = 0.0
    seasonal: bool = False
    version: int = VERSION

    def __post_init__(self) -> None:
        if not 1 <= self.events_per_day <= 5_000_000:
            raise ValueError(f"events_per_day must be 1 to 5000000, not {self.events_per_day}")
        if not 0 <= self.seed < 2**63:
            raise ValueError(f"seed must be a whole number from 0, not {self.seed}")
        for name in ("duplicate_rate", "malformed_rate", "late_rate"):
            if not 0.0 <= getattr(self, name) <= 0.5:
                raise ValueError(f"{name} must be 0 to 0.5, not {getattr(self, name)}")

    def events_on(self, day: date) -> int:
        """Distinct events of a day: `events_per_day`, or what the season makes of it."""
        return max(1, round(self.events_per_day * volume(day))) if self.seasonal else self.events_per_day

    def digest(self) -> str:
        """Twelve hex digits that name these settings."""
        return hashlib.sha256(json.dumps(asdict(self), sort_keys=True).encode()).hexdigest()[:12]
