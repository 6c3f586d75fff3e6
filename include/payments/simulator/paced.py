"""The paced stream: events as they happen, one parquet file a second, at a set rate.

Every second brings `rate` events: the retries that are due then, and new purchases. Purchases are made in blocks of a
few seconds; a block is drawn from (seed, its first second), and seconds never come back, so no id comes twice, also not
after a stop, a kill or a restart. What a stop loses are retries that were still to come.
"""

from __future__ import annotations

import io
import re
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from .. import files, names
from .attempts import draw_attempts
from .calendar import conditions_of
from .events import SCHEMA, table
from .purchases import draw_purchases
from .simulation import arranged, draw_twice, with_second_sightings

RETRY_WITHIN_MS = 3_600_000
"""A retry that would come later than this is not made: what waits stays small."""
_BLOCK_SECONDS = 10
_SOONEST_MS = 1000
"""A later event comes in a later second than the first."""
_FILE = re.compile(r"events-([0-9]+)\.parquet")
_TIME = SCHEMA.get_field_index("event_timestamp")


@dataclass(frozen=True)
class Emitted:
    """A second of the stream that is in its file: epoch seconds, events, and seconds from its end to the file."""

    second: int
    events: int
    behind: float


@dataclass(frozen=True)
class _Block:
    """Purchases of a few seconds: their first attempts in order, and the events that follow each of them."""

    first: pa.Table
    later: pa.Table
    later_of: np.ndarray
    """Where the later events of each purchase begin. One entry more than purchases."""
    after_ms: np.ndarray
    """Milliseconds from the first attempt to each later event."""


def pace(
    root: Path,
    rate: int,
    seconds: int,
    seed: int,
    now: Callable[[], float] = time.time,
    sleep: Callable[[float], None] = time.sleep,
) -> Iterator[Emitted]:
    """Write `rate` events a second under `root` (the raw_data volume) for `seconds`; yields each second when written.

    `event_timestamp` is the time of emission, in UTC. Stops where the caller stops asking. Continues after the last
    second that is in the folder. One process at a time may write there. Raises ValueError for a rate or a duration
    below 1.
    """
    if rate < 1 or seconds < 1:
        raise ValueError(f"rate ({rate}) and seconds ({seconds}) must be 1 or more")
    folder = root / names.STREAM
    _make_block(int(now()), 1, seed)  # what a process builds once is there before the first second counts
    second = max(int(now()), _last_second(folder) + 1)
    stream = _Stream(rate, seed)
    for number in range(second, second + seconds):
        events = stream.events_of(number)
        early = number + 1 - now()
        if early > 0:
            sleep(early)
        sink = io.BytesIO()
        pq.write_table(events, sink, compression="zstd", compression_level=1)
        files.write(folder / f"events-{number}.parquet", sink.getvalue())
        yield Emitted(number, events.num_rows, now() - number - 1)


class _Stream:
    """What is to come: the rest of the current block, and the later events by the second in which they are due."""

    def __init__(self, rate: int, seed: int):
        self._rate, self._seed = rate, seed
        self._block: _Block | None = None
        self._next = 0
        self._due: dict[int, list[tuple[_Block, int, int]]] = defaultdict(list)

    def events_of(self, second: int) -> pa.Table:
        """The events of one second, in the order of their time."""
        due = self._due.pop(second, [])
        parts = [block.later.slice(row, 1) for block, row, _ in due]
        times = [ms for _, _, ms in due]
        wanted = max(0, self._rate - len(due))
        starts = second * 1000 + np.arange(wanted) * 1000 // max(1, wanted)
        taken = 0
        while taken < wanted:
            if self._block is None or self._next == self._block.first.num_rows:
                self._block, self._next = _make_block(second, self._rate, self._seed), 0
            count = min(wanted - taken, self._block.first.num_rows - self._next)
            parts.append(self._block.first.slice(self._next, count))
            times.extend(starts[taken : taken + count].tolist())
            self._schedule(self._next, starts[taken : taken + count])
            self._next += count
            taken += count
        order = np.argsort(times, kind="stable")
        stamps = pa.array(np.asarray(times)[order] * 1000).cast(SCHEMA.field(_TIME).type)
        return pa.concat_tables(parts).take(pa.array(order)).set_column(_TIME, SCHEMA.field(_TIME), stamps)

    def _schedule(self, purchase: int, starts: np.ndarray) -> None:
        """Note when the later events of purchases are due, from number `purchase` on, made at `starts` (epoch ms)."""
        block = self._block
        rows = np.arange(block.later_of[purchase], block.later_of[purchase + len(starts)])
        of = np.searchsorted(block.later_of, rows, side="right") - 1 - purchase
        for row, ms in zip(rows.tolist(), (starts[of] + block.after_ms[rows]).tolist(), strict=True):
            self._due[ms // 1000].append((block, row, ms))


def _make_block(second: int, rate: int, seed: int) -> _Block:
    """Purchases for the seconds from `second` on, not beyond midnight."""
    moment = datetime.fromtimestamp(second, UTC)
    since_midnight = second % 86_400
    count = rate * min(_BLOCK_SECONDS, 86_400 - since_midnight)
    rng, now = np.random.default_rng((seed, second, 3)), conditions_of(moment.date(), seed)
    ms = (since_midnight * 1000 + np.arange(count) * 1000 // rate).astype(np.int32)
    bought = draw_purchases(rng, ms, now, float(rate))
    tries = draw_attempts(rng, bought, now, int(ms[-1]) + RETRY_WITHIN_MS)
    tries, slot = with_second_sightings(rng, tries, draw_twice(rng, count))
    later = count + np.argsort(tries.purchase[count:], kind="stable")
    order = np.concatenate((np.arange(count), later))
    made = arranged(rng, moment.date(), now, bought, tries.take(order), slot[order], (seed, second, 2))
    events, purchase = table(made), tries.purchase[later]
    return _Block(
        first=events.slice(0, count),
        later=events.slice(count).take(pa.array(np.arange(len(later)))),
        later_of=np.searchsorted(purchase, np.arange(count + 1)),
        after_ms=np.maximum(tries.ms[later] - ms[purchase], _SOONEST_MS).astype(np.int64),
    )


def _last_second(folder: Path) -> int:
    """The newest second that is in the folder; 0 when there is none."""
    found = [_FILE.fullmatch(path.name) for path in folder.iterdir()] if folder.is_dir() else []
    return max((int(match[1]) for match in found if match), default=0)
