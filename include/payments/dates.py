"""The business date of a run: the day, in UTC, whose events the run is about."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def business_date(
    param: str | date | None,
    data_interval_start: datetime | None,
    run_after: datetime | None,
) -> date:
    """The one rule: `param` if set; else the date on which the data interval starts; else the day before `run_after`.

    Times are taken in UTC. Raises ValueError, saying what to give, when the param is no date, when a time has no time
    zone, and when there is nothing to go by.
    """
    if param is not None and param != "":
        return parse_date(param)
    if data_interval_start is not None:
        return _utc(data_interval_start, "data_interval_start").date()
    if run_after is not None:
        return _utc(run_after, "run_after").date() - timedelta(days=1)
    raise ValueError(
        "no business date: set the param business_date (YYYY-MM-DD); the run has neither interval nor date"
    )


def parse_date(value: str | date) -> date:
    """A date from `YYYY-MM-DD` (or from a date, which a parsed YAML or JSON setting may already be)."""
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    text = value.strip() if isinstance(value, str) else repr(value)
    try:
        if _DAY.fullmatch(text):
            return date.fromisoformat(text)
    except ValueError:  # such as 2026-02-30
        pass
    raise ValueError(f"business_date must be a day written YYYY-MM-DD, such as 2026-11-01, not {text[:80]!r}")


def _utc(moment: datetime, name: str) -> datetime:
    if moment.tzinfo is None:
        raise ValueError(f"{name} {moment.isoformat()} has no time zone: give it in UTC")
    return moment.astimezone(UTC)
