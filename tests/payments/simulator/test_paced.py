from datetime import UTC, date, datetime

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from include.payments import names, schema
from include.payments.simulator.conditions import usual
from include.payments.simulator.paced import RETRY_WITHIN_MS, Emitted, pace
from include.payments.simulator.world import world

NOON = int(datetime(2026, 11, 3, 12, tzinfo=UTC).timestamp())


class Clock:
    """Time that passes only by sleeping, and by `work` seconds at every look."""

    def __init__(self, start: float, work: float = 0.0):
        self.time, self.work, self.slept = start, work, 0.0

    def now(self) -> float:
        self.time += self.work
        return self.time

    def sleep(self, seconds: float) -> None:
        assert seconds > 0
        self.time += seconds
        self.slept += seconds


def run(root, rate: int, seconds: int, clock: Clock, seed: int = 7) -> list[Emitted]:
    return list(pace(root, rate, seconds, seed, clock.now, clock.sleep))


def events_in(root) -> pd.DataFrame:
    paths = sorted((root / names.STREAM).iterdir())
    return pa.concat_tables([pq.read_table(path) for path in paths]).to_pandas()


@pytest.fixture(scope="module")
def stream(tmp_path_factory) -> tuple[list[Emitted], pd.DataFrame]:
    """Five and a half minutes at 100 events a second."""
    root = tmp_path_factory.mktemp("stream")
    return run(root, 100, 330, Clock(NOON + 0.25)), events_in(root)


def test_every_second_brings_the_rate(stream):
    emitted, events = stream
    assert [one.second for one in emitted] == list(range(NOON, NOON + 330))
    assert {one.events for one in emitted} == {100}
    assert len(events) == 330 * 100
    assert max(one.behind for one in emitted) == 0


def test_the_time_of_an_event_is_when_it_was_emitted(tmp_path):
    clock, rate = Clock(NOON + 0.25), 50
    for one in pace(tmp_path, rate, 70, 7, clock.now, clock.sleep):
        assert clock.time == one.second + 1
        at = pq.read_table(tmp_path / names.STREAM / f"events-{one.second}.parquet")["event_timestamp"].to_pylist()
        assert all(one.second <= moment.timestamp() < one.second + 1 for moment in at)
        assert at == sorted(at)


def test_events_have_the_schema_and_ids_of_their_own(stream, tmp_path):
    _, events = stream
    assert events.transaction_id.is_unique
    run(tmp_path, 3, 1, Clock(NOON))
    [path] = (tmp_path / names.STREAM).iterdir()
    assert pq.read_schema(path).equals(schema.arrow_schema(schema.EVENT_FIELDS))


def test_retries_come_after_their_delay_and_name_the_attempt_before(stream):
    events = stream[1]
    retries = events[events.is_retry]
    assert len(retries) > 150
    before = events.set_index("transaction_id").loc[retries.retry_of_transaction_id]
    assert not before.is_approved.any()
    gap = (retries.event_timestamp.to_numpy() - before.event_timestamp.to_numpy()) / np.timedelta64(1, "s")
    assert (gap == retries.retry_delay_seconds.to_numpy()).all()
    assert retries.retry_delay_seconds.max() * 1000 < RETRY_WITHIN_MS


def test_some_purchases_are_seen_by_two_entry_systems(stream):
    events = stream[1]
    key = ["merchant_id", "card_token_id", "amount", "retry_count"]
    twice = events[events.duplicated(key, keep=False)].groupby(key)
    assert len(twice) > 120
    assert (twice.entry_system.nunique() == 2).mean() > 0.95


def test_the_stream_looks_like_the_day(stream):
    events = stream[1]
    assert 0.80 < events[~events.is_retry].is_approved.mean() < 0.90
    of_hour = usual(date(2026, 11, 3)).by_hour[12]
    in_brazil = of_hour[world().merchant_country == 0].sum() / of_hour.sum()
    assert abs((events.geo_country == "BR").mean() - in_brazil) < 0.03


@settings(max_examples=10)
@given(st.integers(1, 40), st.integers(1, 25), st.integers(0, 30), st.integers(0, 2**30))
def test_after_a_stop_or_a_kill_no_id_comes_twice(tmp_path_factory, rate, first, pause, seed):
    root = tmp_path_factory.mktemp("stopped")
    clock = Clock(NOON)
    running = pace(root, rate, 1000, seed, clock.now, clock.sleep)
    for _ in range(first):
        next(running)
    running.close()
    (root / names.STREAM / ".events-9999999999.parquet.tmp").write_bytes(b"half")
    again = Clock(clock.time - 1 + pause)
    run(root, rate, 15, again, seed)
    (root / names.STREAM / ".events-9999999999.parquet.tmp").unlink()
    events = events_in(root)
    assert len(events) == rate * (first + 15)
    assert events.transaction_id.is_unique


def test_the_same_start_gives_the_same_files(tmp_path):
    for name in ("one", "other"):
        run(tmp_path / name, 20, 70, Clock(NOON))
    assert events_in(tmp_path / "one").equals(events_in(tmp_path / "other"))


def test_what_falls_behind_catches_up_and_says_so(tmp_path):
    clock = Clock(NOON)
    running = pace(tmp_path, 5, 20, 7, clock.now, clock.sleep)
    next(running)
    clock.time += 5.0
    behind = [one.behind for one in running]
    assert behind[0] == 4.0
    assert behind == sorted(behind, reverse=True)
    assert behind[-1] == 0
    assert len(events_in(tmp_path)) == 100


def test_a_block_ends_at_midnight(tmp_path):
    midnight = int(datetime(2026, 11, 4, tzinfo=UTC).timestamp())
    run(tmp_path, 30, 12, Clock(midnight - 4))
    days = events_in(tmp_path).event_timestamp.dt.date.astype(str).value_counts()
    assert days.to_dict() == {"2026-11-03": 120, "2026-11-04": 240}


@pytest.mark.parametrize(("rate", "seconds"), [(0, 1), (1, 0)])
def test_a_rate_or_a_time_of_nothing_is_refused(tmp_path, rate, seconds):
    with pytest.raises(ValueError, match="must be 1 or more"):
        next(pace(tmp_path, rate, seconds, 7))
