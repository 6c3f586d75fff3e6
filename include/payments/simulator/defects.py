"""What goes wrong with deliveries: events that come late, records that come twice, records that cannot be used."""

from __future__ import annotations

import json

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

_DAY = np.timedelta64(1, "D").astype("timedelta64[us]")
_LATEST_DAYS = 3


def make_late(rng: np.random.Generator, events: pa.Table, count: int) -> pa.Table:
    """Move `count` events one to three days back: approved first attempts, which no other event refers to."""
    free = np.flatnonzero(pc.and_(events["is_approved"], pc.invert(events["is_retry"])).to_numpy())
    rows = rng.permutation(free)[:count]
    column = events.schema.get_field_index("event_timestamp")
    times = events.column(column).to_numpy().copy()
    times[rows] -= rng.integers(1, _LATEST_DAYS + 1, len(rows)) * _DAY
    field = events.schema.field(column)
    return events.set_column(column, field, pa.array(times, pa.timestamp("us")).cast(field.type))


def with_duplicates(rng: np.random.Generator, events: pa.Table, count: int) -> pa.Table:
    """The events, and `count` of them once more at the end."""
    rows = rng.integers(events.num_rows, size=count)
    return pa.concat_tables([events, events.take(pa.array(rows))])


def malformed_lines(rng: np.random.Generator, events: pa.Table, count: int) -> bytes:
    """`count` JSON lines made from events, with ids of their own, each broken in one of several ways."""
    rows = events.take(pa.array(rng.integers(events.num_rows, size=count))).to_pylist()
    lines = []
    for number, record in enumerate(rows):
        record["transaction_id"] = f"bad_{number}_{record['transaction_id'][4:]}"
        record["event_timestamp"] = record["event_timestamp"].isoformat()
        lines.append(_BREAKS[number % len(_BREAKS)](record))
    return "".join(f"{line}\n" for line in lines).encode()


def _with(**changes: object):
    return lambda record: json.dumps(record | changes)


_BREAKS = (
    _with(amount=-12.5),
    _with(merchant_id=None),
    lambda record: json.dumps(record)[: 40 + len(record["transaction_id"])],
    _with(event_timestamp="yesterday"),
    _with(amount="twelve"),
    _with(currency=""),
    lambda record: f"unreadable {record['transaction_id']}",
)
