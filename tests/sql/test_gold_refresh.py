"""Refreshing the daily tables: only what changed, any order, any interruption."""

from datetime import date, datetime, timedelta

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import given
from hypothesis import strategies as st

from include.payments import gold, simulator
from include.payments.sql_files import SqlFileError
from include.payments.sql_objects import Logged, Task, in_levels

from .lakehouse import Lakehouse

FIRST, SECOND, THIRD = date(2026, 11, 1), date(2026, 11, 2), date(2026, 11, 3)
EVENTS = 150
TASKS = gold.tables()
TABLES = [task.file.name for task in TASKS]
LOADING = TASKS[0].file.loading[0]
ARRIVALS = [datetime(2026, 11, 20, 3) + timedelta(hours=hour) for hour in range(5)]


def contents(lakehouse: Lakehouse, table: str) -> list[tuple]:
    """Rows without order; of a sketch its estimate, because its bytes depend on the order of the rows."""
    found = lakehouse.table(table)
    for at, field in enumerate(found.schema):
        if pa.types.is_binary(field.type):
            estimates = lakehouse.execute(f"SELECT hll_sketch_estimate({field.name}) FROM {table} LIMIT 0", {})
            assert estimates == []
            found = found.set_column(at, field.name, pa.array([None] * len(found)))
    return sorted(map(repr, zip(*(column.to_pylist() for column in found.columns), strict=True)))


def everything(lakehouse: Lakehouse) -> dict[str, list]:
    return {table: contents(lakehouse, table) for table in TABLES}


def versions(lakehouse: Lakehouse) -> dict[str, int]:
    return {table: lakehouse.execute(f"DESCRIBE HISTORY {table} LIMIT 1", {})[0][0] for table in TABLES}


def split_off_late(day: date, count: int = 3) -> tuple[pa.Table, pa.Table]:
    events = simulator.generate(day, EVENTS, 7)
    first = pc.equal(events["retry_count"], 0)
    plain = pc.and_(first, pc.equal(events["is_approved"], True))
    late = events.filter(plain).slice(0, count)
    rest = events.filter(pc.invert(pc.is_in(events["transaction_id"], late["transaction_id"])))
    return rest, late


@pytest.fixture(scope="module")
def reference(spark_remote, tmp_path_factory):
    """What the tables hold when three days come in order and are refreshed once."""
    lakehouse = Lakehouse(spark_remote, tmp_path_factory.mktemp("reference"))
    for day in (FIRST, SECOND, THIRD):
        lakehouse.load_day(day, EVENTS)
    gold.refresh(lakehouse.execute)
    yield everything(lakehouse)
    lakehouse.close()


def test_days_in_another_order_and_a_late_part_give_the_same_tables(new_lakehouse, reference):
    lakehouse = new_lakehouse()
    rest, late = split_off_late(SECOND)
    lakehouse.load_day(THIRD, EVENTS, arrived=ARRIVALS[0])
    assert gold.refresh(lakehouse.execute).dates == {table: ["2026-11-03"] for table in TABLES}
    lakehouse.load_day(FIRST, EVENTS, arrived=ARRIVALS[1])
    lakehouse.load(rest, ARRIVALS[2])
    done = gold.refresh(lakehouse.execute)
    assert done.made == []
    assert done.dates["gold_payments_daily"] == ["2026-11-01", "2026-11-02"]

    lakehouse.load(late, ARRIVALS[3])
    before = everything(lakehouse)
    done = gold.refresh(lakehouse.execute)
    assert done.dates == {table: ["2026-11-02"] for table in TABLES}
    after = everything(lakehouse)
    for table in TABLES:
        changed = set(before[table]) ^ set(after[table])
        assert all("datetime.date(2026, 11, 2)" in row for row in changed), table
    assert after == reference

    # nothing new, then the same events again: no date changes, no table is written
    commits = versions(lakehouse)
    assert gold.refresh(lakehouse.execute).dates == {}
    lakehouse.load(late, ARRIVALS[4])
    assert gold.refresh(lakehouse.execute).dates == {}
    assert versions(lakehouse) == commits


def test_a_refresh_that_dies_half_way_is_done_again(new_lakehouse, reference):
    lakehouse = new_lakehouse()
    lakehouse.load_day(FIRST, EVENTS, arrived=ARRIVALS[0])
    lakehouse.load_day(SECOND, EVENTS, arrived=ARRIVALS[0])
    gold.refresh(lakehouse.execute)
    lakehouse.load_day(THIRD, EVENTS, arrived=ARRIVALS[1])
    for broken in ("INSERT INTO gold_risk_daily", "\nINSERT INTO object_log"):

        def dies(sql, parameters, broken=broken):
            if sql.startswith(broken):
                raise RuntimeError("killed")
            return lakehouse.execute(sql, parameters)

        with pytest.raises((RuntimeError, SqlFileError), match="killed"):
            gold.refresh(dies)
    assert gold.refresh(lakehouse.execute).dates["gold_risk_daily"] == ["2026-11-03"]
    assert everything(lakehouse) == reference


def test_a_retry_counts_under_the_reason_of_an_attempt_that_arrives_after_it(new_lakehouse):
    lakehouse = new_lakehouse()
    events = simulator.generate(SECOND, 600, 3)
    retries = events.filter(pc.is_valid(events["retry_of_transaction_id"]))
    day = pa.scalar(86_400_000_000, pa.int64())
    moved = pc.subtract(events["event_timestamp"].cast(pa.int64()), day).cast(pa.timestamp("us", tz="UTC"))
    day_before = events.set_column(events.schema.get_field_index("event_timestamp"), "event_timestamp", moved)
    originals = day_before.filter(pc.is_in(events["transaction_id"], retries["retry_of_transaction_id"]))
    originals = originals.filter(pc.is_null(originals["retry_of_transaction_id"]))
    linked = retries.filter(pc.is_in(retries["retry_of_transaction_id"], originals["transaction_id"]))
    assert len(linked) > 5

    lakehouse.load(linked, ARRIVALS[0])
    gold.refresh(lakehouse.execute)
    unknown = "SELECT sum(retry_attempts) FROM gold_retries_daily WHERE decline_reason_standard IS NULL"
    assert lakehouse.execute(unknown, {}) == [(len(linked),)]

    lakehouse.load(originals, ARRIVALS[1])
    done = gold.refresh(lakehouse.execute)
    assert done.dates.pop("gold_retries_daily") == ["2026-11-01", "2026-11-02"]
    assert set(map(tuple, done.dates.values())) == {("2026-11-01",)}
    assert lakehouse.execute(unknown, {}) == [(None,)]
    assert lakehouse.execute("SELECT sum(retry_attempts) FROM gold_retries_daily", {}) == [(len(linked),)]


def test_a_table_whose_definition_changed_is_built_again_from_all_of_silver(new_lakehouse):
    lakehouse = new_lakehouse()
    for day in (FIRST, SECOND):
        lakehouse.load_day(day, 40)
    gold.refresh(lakehouse.execute)
    before = contents(lakehouse, "gold_checkout_daily")
    lakehouse.execute("UPDATE object_log SET definition_hash = 'older' WHERE object_name = 'gold_checkout_daily'", {})
    done = gold.refresh(lakehouse.execute)
    assert (done.made, done.dates) == (["gold_checkout_daily"], {"gold_checkout_daily": ["2026-11-01", "2026-11-02"]})
    assert contents(lakehouse, "gold_checkout_daily") == before


def test_an_empty_silver_gives_empty_tables(new_lakehouse):
    lakehouse = new_lakehouse()
    done = gold.refresh(lakehouse.execute)
    assert (set(done.made), done.dates) == (set(TABLES), {})
    assert all(rows == [] for rows in everything(lakehouse).values())


@given(st.lists(st.dates(min_value=date(1970, 1, 1)), min_size=1, max_size=40))
def test_a_statement_for_dates_names_exactly_these_dates(days):
    made, values = gold.for_dates(LOADING, {day.isoformat() for day in days})
    literals = ", ".join(f"DATE'{day.isoformat()}'" for day in sorted(set(days)))
    assert made.sql.count(f"event_date IN ({literals})") == LOADING.sql.count(":dates")
    assert ":dates" not in made.sql
    assert values == {"first_date": min(days), "last_date": max(days)}


@given(st.text().filter(lambda text: not text.strip()[:4].isdigit()))
def test_nothing_but_a_date_gets_into_a_statement(text):
    with pytest.raises(ValueError, match="YYYY-MM-DD"):
        gold.for_dates(LOADING, [text])


def test_no_date_at_all_is_refused():
    with pytest.raises(ValueError, match="no dates"):
        gold.for_dates(LOADING, [])


def test_tasks_come_after_those_that_they_read():
    levels = in_levels(gold.views())
    level_of = {task.file.name: at for at, level in enumerate(levels) for task in level}
    assert level_of["v_reason_codes_br"] == 0
    assert level_of["v_reason_code_insights_br"] == 1
    assert sum(map(len, levels)) == len(level_of) == len(gold.views())


def test_the_digest_of_a_task_follows_its_values():
    file = gold.tables()[0].file
    assert Task(file, {"rows": "a"}).digest != Task(file, {"rows": "b"}).digest
    assert Logged("a", "b").processed_through is None
