"""Expressions of widget queries: what a page computes is what DuckDB computes, and the rest is refused."""

import duckdb
import pytest
import sqlglot
from hypothesis import example, given, settings
from hypothesis import strategies as st

from include.rendering import expressions
from include.rendering.datasets import milliseconds
from include.rendering.expressions import UnsupportedExpression
from tests.rendering.dataflow import rows

KINDS = {"g": "text", "a": "number", "b": "number", "d": "date", "t": "timestamp", "ok": "boolean"}
COLUMNS = list(KINDS)
DAY = 86_400_000

numbers = st.one_of(st.none(), st.integers(-5, 5), st.sampled_from([0.5, -2.5, 1e9, 123.456]))
texts = st.sampled_from([None, "", "null", "a", "a|b", "b", "n", "1", "é", "1:a|1:b"])
moments = st.one_of(st.none(), st.integers(-40_000, 40_000))
tables = st.lists(
    st.tuples(
        texts, numbers, numbers, moments.map(lambda day: day and day * DAY),
        moments.map(lambda n: n and n * 36_000_123), st.sampled_from([None, True, False]),
    ),
    max_size=8,
)  # fmt: skip


def _arithmetic(part):
    return st.one_of(
        st.tuples(part, st.sampled_from("+-*/"), part).map(lambda p: f"({p[0]} {p[1]} {p[2]})"),
        st.tuples(part, part).map(lambda p: f"TRY_DIVIDE({p[0]}, {p[1]})"),
        st.tuples(part, part).map(lambda p: f"NULLIF({p[0]}, {p[1]})"),
        st.tuples(part, part).map(lambda p: f"COALESCE({p[0]}, {p[1]})"),
        st.tuples(conditions, part, part).map(lambda p: f"CASE WHEN {p[0]} THEN {p[1]} ELSE {p[2]} END"),
        st.tuples(conditions, part).map(lambda p: f"IF({p[0]}, {p[1]}, NULL)"),
        part.map(lambda p: f"(-{p})"),
    )


leaves = st.sampled_from(["`a`", "`b`", "0", "1", "2.5", "100.0"])
tests = st.one_of(
    st.tuples(leaves, st.sampled_from(["=", "<>", "<", "<=", ">", ">="]), leaves).map(" ".join),
    st.sampled_from(["`g` = 'a'", "`g` <> ''", "`g` IN ('a', 'null', '1')", "`g` IS NULL", "`a` IS NOT NULL", "`ok`",
                     "`a` BETWEEN 0 AND 2", "`a` NOT IN (1, 2)", "`d` >= DATE '1990-05-01'"]),
)  # fmt: skip
conditions = st.recursive(
    tests,
    lambda part: st.one_of(
        st.tuples(part, st.sampled_from(["AND", "OR"]), part).map(lambda p: f"({p[0]} {p[1]} {p[2]})"),
        part.map(lambda p: f"NOT ({p})"),
    ),
    max_leaves=3,
)
scalars = st.recursive(leaves, _arithmetic, max_leaves=4)
keys = st.sampled_from(
    ["`g`", "`a`", "`ok`", "`d`", 'DATE_TRUNC("MONTH", `d`)', 'DATE_TRUNC("WEEK", `t`)', "DATE_TRUNC('HOUR', `t`)",
     "DATE_TRUNC('QUARTER', `t`)", "DATE_TRUNC('YEAR', `d`)", 'DATE_TRUNC("DAY", `t`)']
)  # fmt: skip
aggregates = st.one_of(
    st.tuples(st.sampled_from(["SUM", "AVG", "MIN", "MAX", "COUNT"]), scalars).map(lambda p: f"{p[0]}({p[1]})"),
    st.sampled_from(["COUNT(*)", "COUNT(DISTINCT `g`)", "COUNT(DISTINCT `a`)", "MIN(`g`)", "MAX(`g`)", "MAX(`t`)",
                     "COUNT(`g`)"]),
)  # fmt: skip
numeric = st.tuples(st.sampled_from(["SUM", "AVG", "COUNT"]), scalars).map(lambda p: f"{p[0]}({p[1]})")
ratios = st.tuples(numeric, numeric).map(lambda p: f"ROUND(100.0 * {p[0]} / NULLIF({p[1]}, 0), 1)")


def _duckdb(query: dict, table: list[tuple]) -> list[tuple]:
    with duckdb.connect() as connection:
        connection.execute("SET ieee_floating_point_ops = false; SET error_on_division_by_zero = false")
        connection.execute("SET threads = 1")
        connection.execute("CREATE TABLE s (g VARCHAR, a DOUBLE, b DOUBLE, d DATE, t TIMESTAMP, ok BOOLEAN)")
        moment = "make_timestamp(CAST(? AS BIGINT) * 1000)"
        if table:
            insert = f"INSERT INTO s VALUES (?, ?, ?, CAST({moment} AS DATE), {moment}, ?)"
            connection.executemany(insert, table)
        return [tuple(map(_plain, row)) for row in connection.execute(_sql(query)).fetchall()]


def _sql(query: dict) -> str:
    select = [sqlglot.transpile(item["expression"], "databricks", "duckdb")[0] for item in query["fields"]]
    where = " AND ".join(sqlglot.transpile(item["expression"], "databricks", "duckdb")[0] for item in query["filters"])
    keys = [str(at + 1) for at, sql in enumerate(select) if not _aggregates(sql)]
    sql = f"SELECT {', '.join(select)} FROM s WHERE {where or 'true'}"
    sql += f" GROUP BY {', '.join(keys)}" if keys and not query["disaggregated"] else ""
    return sql


def _aggregates(sql: str) -> bool:
    return sqlglot.parse_one(sql, dialect="duckdb").find(sqlglot.exp.AggFunc) is not None


def _plain(value):
    if hasattr(value, "isoformat"):
        return float(milliseconds(value.isoformat()))
    if isinstance(value, bool) or not isinstance(value, int | float):
        return value
    return float(value)


def _same(ours: list[tuple], theirs: list[tuple]) -> None:
    def order(row):
        return tuple(
            # Adding 0.0 takes the sign off a zero.
            (value is None, str(type(value)), f"{value + 0.0:.6g}" if isinstance(value, float) else str(value))
            for value in row
        )

    assert len(ours) == len(theirs), (ours, theirs)
    for mine, other in zip(sorted(ours, key=order), sorted(theirs, key=order), strict=True):
        for left, right in zip(mine, other, strict=True):
            assert left == (pytest.approx(right, rel=1e-9, abs=1e-9) if isinstance(right, float) else right), (
                ours,
                theirs,
            )


def _query(parts: list[str], raw: bool = False, where: list[str] | None = None) -> dict:
    fields = [{"name": f"n{at}", "expression": part} for at, part in enumerate(parts)]
    return {"fields": fields, "disaggregated": raw, "filters": [{"expression": sql} for sql in where or []]}


@settings(max_examples=60)
@given(tables, st.lists(keys, min_size=1, max_size=2, unique=True), st.lists(aggregates | ratios, max_size=3))
def test_groups_are_those_of_duckdb(table, groups, measures):
    query = _query([*groups, *measures])

    _same(rows(query, KINDS, table), _duckdb(query, table))


@settings(max_examples=40)
@given(tables.filter(bool), st.lists(aggregates | ratios, min_size=1, max_size=4))
def test_totals_are_those_of_duckdb(table, measures):
    query = _query(measures)

    _same(rows(query, KINDS, table), _duckdb(query, table))


@settings(max_examples=60)
@given(tables, st.lists(scalars | keys, min_size=1, max_size=4), st.lists(conditions, max_size=1))
@example([("b", 0, 1, 0, 0, True), ("a", 1, 1, 0, 0, True)], ["(-`a`)", "`g`"], [])
@example([("a", 0, 0, 0, 0, True), ("b", 1, 0, 0, 0, True)], ["(`a` / `b`)", "(0 / 0)"], [])
def test_rows_are_those_of_duckdb(table, parts, where):
    query = _query(parts, raw=True, where=where)

    _same(rows(query, KINDS, table), _duckdb(query, table))


def test_what_databricks_alone_writes():
    table = [("x", 1, 7, 0, 0, True), ("x", None, 12, 0, 0, True)]
    query = _query(["COUNT(`*`)", "SUM(`A`)"])
    bins = _query(["BIN_FLOOR(`b`, 5)", "COUNT(`*`)"])

    assert rows(query, KINDS, table) == [(2.0, 1.0)]
    assert sorted(rows(bins, KINDS, table)) == [(5.0, 1.0), (10.0, 1.0)]


@pytest.mark.parametrize(
    ("expression", "reason"),
    [
        ("MEDIAN(`a`)", "dataset's SQL"),
        ("PERCENTILE(`a`, 0.5)", "dataset's SQL"),
        ("SUM(`a`) OVER (PARTITION BY `g`)", "Window"),
        ("SUM(`a`) / `b`", "beside an aggregate"),
        ("SUM(AVG(`a`))", "within another"),
        ("SUM(`missing`)", "no column missing"),
        ("SUM(DISTINCT `a`)", "one plain argument"),
        ("COUNT(`a`, `b`)", "one plain argument"),
        ("CAST(`a` AS INT)", "dataset's SQL"),
        ("MEASURE(`a`)", "Anonymous"),
        ("(SELECT 1)", "Subquery"),
        ("`a`; DROP TABLE x", "cannot compute"),
        ("", "not an SQL expression"),
        ("SUM(`a`", "not an SQL expression"),
        ('DATE_TRUNC("CENTURY", `d`)', "CENTURY"),
        ("BIN_FLOOR(`a`, 0)", "more than zero"),
        ("ROUND(`a`, -1)", "decimals"),
        ("x" * 5000, "longer than"),
        ("(" * 1500 + "1" + ")" * 1500, "nested too deep|not an SQL expression"),
        ("window.alert(1)", "cannot compute|qualified"),
    ],
)
def test_what_a_page_cannot_compute_is_refused(expression, reason):
    with pytest.raises(UnsupportedExpression, match=reason) as refused:
        expressions.check(expression, COLUMNS)

    assert expression[:40] in str(refused.value)


@pytest.mark.parametrize(
    "expression", ["SUM(`g`)", "`g` + 1", "CASE WHEN `g` = 1 THEN 1 END", 'DATE_TRUNC("DAY", `a`)']
)
def test_kinds_that_do_not_fit_are_refused(expression):
    with pytest.raises(UnsupportedExpression):
        expressions.compile(expression, {name: expressions.Source(name, kind) for name, kind in KINDS.items()})


def test_texts_in_an_expression_stay_texts():
    hostile = "'); window.hacked = 1; ('"
    query = _query(['CASE WHEN `g` = "' + hostile + '" THEN 1 ELSE 0 END'], raw=True)

    assert rows(query, KINDS, [(hostile, 1, 1, 0, 0, True), ("x", 1, 1, 0, 0, True)]) == [(1.0,), (0.0,)]


def test_a_refusal_names_the_widgets_place():
    query = _query(["MEDIAN(`a`)"])

    with pytest.raises(UnsupportedExpression, match="^test: MEDIAN"):
        rows(query, KINDS, [])
