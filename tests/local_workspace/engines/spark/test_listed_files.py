"""The files of a small table's scans come from a list in memory; what is read is what Delta itself would read."""

import datetime as dt
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from include.local_workspace.engines.spark import sessions

DAYS = [dt.date(2026, 11, 1) + dt.timedelta(n) for n in range(4)]
ROWS = (
    "SELECT CAST(id AS INT) AS id, {number} + id AS number, DATE'{day}' AS day, "
    "TIMESTAMP'{day} 10:00:00' + make_interval(0, 0, 0, 0, 0, 0, id) AS at, "
    "IF(id = 0, NULL, {number} + id) AS sometimes, CAST(NULL AS INT) AS never, "
    "concat('x', id) AS text FROM range(0, 3, 1, 1)"
)
VALUES = {
    "number": [str(n) for n in range(-1, 35, 3)],
    "id": ["-1", "0", "2", "3"],
    "sometimes": ["0", "1", "11", "12", "33"],
    "never": ["1"],
    "day": [f"DATE'{day}'" for day in (dt.date(2026, 10, 31), *DAYS, dt.date(2026, 11, 9))],
    "at": [f"TIMESTAMP'{day} {time}'" for day in DAYS for time in ("09:59:59.999999", "10:00:00", "10:00:02.5")],
    "text": ["'x'", "'x1'", "'y'"],
}


@pytest.fixture
def days(sql):
    """A table of one file for each of four days."""
    for number, day in enumerate(DAYS):
        rows = ROWS.format(number=10 * number, day=day)
        sql(f"CREATE TABLE days AS {rows}" if number == 0 else f"INSERT INTO days {rows}")
    return sql


def _plan(sql, query):
    return "\n".join(row[0] for row in sql(f"EXPLAIN {query}"))


def _lose_file(sql, day):
    """Remove the data file of a day, so that whoever reads it fails."""
    [[path]] = sql(f"SELECT DISTINCT _metadata.file_path FROM days WHERE day = DATE'{day}'")
    Path(path.removeprefix("file:").replace("viewfs://workspace", "")).unlink()


def test_a_small_table_is_read_from_the_list(days):
    assert "ListedFileIndex" in _plan(days, "SELECT * FROM days WHERE number > 1")


def test_partitions_and_limits_are_left_to_delta(days):
    days("CREATE TABLE parts PARTITIONED BY (day) AS SELECT * FROM days")
    for query in ("SELECT * FROM parts WHERE number > 1", "SELECT * FROM days LIMIT 1"):
        plan = _plan(days, query)
        assert "ListedFileIndex" not in plan
        assert "PreparedDeltaFileIndex" in plan


@pytest.mark.parametrize(
    "filter",
    [
        "day = DATE'2026-11-02'", "DATE'2026-11-02' <= day", "day IN (DATE'2026-11-02', DATE'2026-11-03')",
        "number >= 10", "at > TIMESTAMP'2026-11-01 12:00:00'", "sometimes > 5",
        "day BETWEEN DATE'2026-11-02' AND DATE'2026-11-04' AND text = 'x1'", "number < 0 OR id + 1 = 2 AND number > 9",
    ],
)  # fmt: skip
def test_a_file_whose_values_lie_outside_is_not_opened(days, filter):
    _lose_file(days, DAYS[0])
    assert days(f"SELECT day FROM days WHERE {filter}")
    with pytest.raises(Exception, match="(?i)file"):
        days("SELECT sum(number) FROM days WHERE text <> 'y'")


def test_each_version_has_its_own_list(days):
    query = "SELECT count(*), sum(number) FROM days WHERE day >= DATE'2026-11-02' AND text <> 'y'"
    assert days(query) == [(9, 189)]
    days("DELETE FROM days WHERE number = 11")
    assert days(query) == [(8, 178)]
    days("UPDATE days SET day = DATE'2026-11-05' WHERE number = 0")
    assert days(query) == [(9, 178)]
    days("MERGE INTO days USING (SELECT 12 AS n) ON number = n WHEN MATCHED THEN UPDATE SET number = 100")
    assert days(query) == [(9, 266)]
    assert days(query.replace("FROM days", "FROM days VERSION AS OF 3")) == [(9, 189)]
    days("INSERT OVERWRITE days SELECT * FROM days VERSION AS OF 0")
    assert days(query) == [(0, None)]


_comparisons = st.sampled_from(sorted(VALUES)).flatmap(
    lambda column: st.one_of(
        st.builds("{0} {1} {2}".format, st.just(column), st.sampled_from(["=", "<", "<=", ">", ">=", "<>", "<=>"]),
                  st.sampled_from(VALUES[column])),
        st.builds("{1} {2} {0}".format, st.just(column), st.sampled_from(VALUES[column]),
                  st.sampled_from(["=", "<", "<=", ">", ">="])),
        st.builds("{0} IN ({1})".format, st.just(column),
                  st.lists(st.sampled_from([*VALUES[column], "NULL"]), min_size=1, max_size=12).map(", ".join)),
        st.builds("{0} IS {1}NULL".format, st.just(column), st.sampled_from(["", "NOT "])),
    )
)  # fmt: skip
_filters = st.recursive(
    _comparisons,
    lambda inner: st.one_of(
        st.builds("({0} {1} {2})".format, inner, st.sampled_from(["AND", "OR"]), inner),
        st.builds("NOT ({0})".format, inner),
    ),
    max_leaves=5,
)


def test_no_row_is_lost_by_any_filter(spark_engine, days):
    """The same rows as with all files, which Delta reads where it may not skip any."""
    plain = sessions.session(spark_engine, "main", days.schema)
    plain.conf.set("spark.databricks.delta.stats.skipping", "false")

    @settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(_filters)
    def check(filter):
        query = f"SELECT number FROM days WHERE {filter}"
        assert Counter(days(query)) == Counter(tuple(row) for row in plain.sql(query).collect())

    try:
        check()
    finally:
        sessions.close(plain)
