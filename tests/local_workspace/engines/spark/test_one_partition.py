"""What is read from a few small files needs no shuffle; larger tables and empty ones are read as ever."""

from collections import Counter

import pytest

QUERIES = (
    "SELECT k, count(*) FROM {t} GROUP BY k",
    "SELECT count(DISTINCT k), sum(id) FROM {t}",
    "SELECT id, row_number() OVER (PARTITION BY k ORDER BY id) FROM {t}",
    "SELECT id FROM {t} ORDER BY id DESC",
    "SELECT a.k, count(*) FROM {t} AS a JOIN {t} AS b ON a.k = b.k GROUP BY a.k",
    "SELECT id FROM {t} WHERE id > (SELECT avg(id) FROM {t})",
    "SELECT k, grouping(k), max(id) FROM {t} GROUP BY GROUPING SETS ((k), ())",
    "SELECT count(*) FROM (SELECT id FROM {t} UNION ALL SELECT k FROM {t} UNION ALL SELECT x FROM VALUES (1) AS v (x))",
    "SELECT k FROM {t} EXCEPT SELECT x FROM VALUES (1), (2) AS v (x)",
)


@pytest.fixture
def tables(sql):
    """The same rows in one file, in 101 files, and none."""
    sql("CREATE TABLE small AS SELECT id, id % 7 AS k FROM range(0, 5000, 1, 1)")
    sql("CREATE TABLE scattered AS SELECT id, id % 7 AS k FROM range(0, 5000, 1, 101)")
    sql("CREATE TABLE empty (id BIGINT, k BIGINT)")
    return sql


def _plan(sql, query):
    return "\n".join(row[0] for row in sql(f"EXPLAIN {query}"))


@pytest.mark.parametrize("query", QUERIES[:4])
def test_a_small_table_is_not_shuffled(tables, query):
    assert "Exchange" not in _plan(tables, query.format(t="small"))


def test_a_table_of_many_files_keeps_its_tasks(tables):
    assert tables("DESCRIBE DETAIL scattered")[0][9] > 100
    plan = _plan(tables, QUERIES[0].format(t="scattered"))
    assert "Exchange" in plan
    assert "OnePartition" not in plan


@pytest.mark.parametrize("query", QUERIES)
def test_the_answers_are_the_same(tables, query):
    small, scattered = (Counter(tables(query.format(t=table))) for table in ("small", "scattered"))
    assert small == scattered


def test_order_is_kept(tables):
    assert tables("SELECT id FROM small ORDER BY id DESC LIMIT 3") == [(4999,), (4998,), (4997,)]


def test_an_empty_table_has_one_total_and_no_groups(tables):
    assert tables("SELECT count(*), sum(id) FROM empty") == [(0, None)]
    assert tables("SELECT k, count(*) FROM empty GROUP BY k") == []


def test_small_and_large_tables_join(tables):
    joined = "SELECT count(*), sum(s.id) FROM small AS s {how} JOIN scattered AS l ON s.id = l.id"
    for how in ("", "LEFT", "FULL OUTER", "LEFT SEMI", "LEFT ANTI"):
        hint = "SELECT /*+ MERGE(s, l) */" if how != "LEFT ANTI" else "SELECT"
        [(count, total)] = tables(joined.format(how=how).replace("SELECT", hint, 1))
        assert (count, total) == ((0, None) if how == "LEFT ANTI" else (5000, 12497500))
