"""Rows of one statement: the same as PySpark's own, with fewer requests, after the USE that came with it."""

import uuid

import grpc
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyspark.errors import PySparkException
from pyspark.sql.connect.client import DefaultChannelBuilder
from pyspark.sql.connect.session import SparkSession

from include.local_workspace.engines.spark import queries
from include.local_workspace.engines.spark.errors import failure

TYPES = """
    SELECT DATE'2026-11-01' AS day, TIMESTAMP'2026-11-01 12:00:00' AS at, 1.50 AS amount,
      CAST(NULL AS STRING) AS nothing, array(1, 2) AS list, named_struct('a', 1, 'b', 'x') AS pair,
      map('k', 1) AS lookup, X'00ff' AS bytes, 1 AS twice, 2 AS twice, TRUE AS yes, CAST(1 AS TINYINT) AS small"""


class Requests(grpc.UnaryUnaryClientInterceptor, grpc.UnaryStreamClientInterceptor):
    """Which methods of the server were called."""

    def __init__(self):
        self.seen = []

    def _note(self, proceed, details, request):
        self.seen.append(details.method.rpartition("/")[2])
        return proceed(details, request)

    intercept_unary_unary = intercept_unary_stream = _note

    @property
    def plans(self):
        """The calls for which the server reads and resolves a statement."""
        return [method for method in self.seen if method in ("AnalyzePlan", "ExecutePlan")]


@pytest.fixture
def counted(spark_engine):
    requests = Requests()
    builder = DefaultChannelBuilder(
        spark_engine.remote(str(uuid.uuid4())), channelOptions=[("grpc.enable_http_proxy", 0)]
    )
    builder.add_interceptor(requests)
    session = SparkSession(connection=builder)
    requests.seen.clear()
    yield session, requests
    session.client.release_session()
    session.client.close()


def _rows(spark, statement, limit=None, use=None, **arguments):
    return queries.rows(spark, statement, arguments, limit, use)


def test_rows_are_those_of_pyspark(sql):
    assert _rows(sql.spark, TYPES).equals(sql.spark.sql(TYPES).toArrow())


def test_a_query_is_one_request_and_so_is_a_command(sql, counted):
    session, requests = counted
    use = f"USE SCHEMA main.{sql.schema}"

    assert _rows(session, "SELECT current_schema() AS s", use=use).to_pylist() == [{"s": sql.schema}]
    assert requests.plans == ["ExecutePlan"]

    requests.seen.clear()
    assert _rows(session, "CREATE TABLE t AS SELECT 1 AS a", use=use).num_rows <= 1
    assert requests.plans == ["ExecutePlan"]


@pytest.mark.parametrize(
    "statement",
    [
        "WITH new AS (SELECT 7 AS a) INSERT INTO t SELECT * FROM new",
        "-- SELECT\nINSERT INTO t SELECT 7",
        "INSERT INTO t VALUES (7)",
    ],
)
def test_a_statement_that_writes_runs_once(sql, statement):
    sql("CREATE TABLE t (a INT)")
    _rows(sql.spark, statement)
    assert sql("SELECT a FROM t") == [(7,)]


def test_commands_answer_with_their_rows(sql):
    sql("CREATE TABLE t (a INT, b STRING)")
    assert [row["tableName"] for row in _rows(sql.spark, "SHOW TABLES").to_pylist()] == ["t"]
    assert [row["col_name"] for row in _rows(sql.spark, "DESCRIBE t").to_pylist()][:2] == ["a", "b"]
    assert _rows(sql.spark, "VALUES (1), (2)").num_rows == 2


def test_a_query_gives_no_more_rows_than_asked_for(sql):
    assert _rows(sql.spark, "SELECT * FROM range(100)", limit=3).num_rows == 3


def test_an_unknown_place_fails_its_own_statement_only(sql):
    with pytest.raises(PySparkException) as refused:
        _rows(sql.spark, "SELECT 1", use="USE SCHEMA `main`.`nothing`")
    assert failure(refused.value).error_class == "SCHEMA_NOT_FOUND"
    assert _rows(sql.spark, "SELECT current_schema() AS s").to_pylist() == [{"s": sql.schema}]


def test_a_view_keeps_nothing_of_the_use_before_it(sql):
    use = f"USE SCHEMA main.{sql.schema}"
    _rows(sql.spark, "CREATE TABLE t AS SELECT 5 AS a", use=use)
    _rows(sql.spark, "CREATE VIEW v AS SELECT a FROM t", use=use)
    assert _rows(sql.spark, f"SELECT a FROM main.{sql.schema}.v", use="USE CATALOG main").to_pylist() == [{"a": 5}]
    assert not [row for row in sql("SHOW TBLPROPERTIES main.{s}.v") if "workspace.start" in row[0]]


@given(st.sampled_from(["", " ", "\n", "-- what\n", "/* it\n does */ "]), st.sampled_from(["SELECT", "select", "With"]))
def test_queries_are_known_behind_comments(comment, verb):
    assert queries.is_query(f"{comment}{verb} x AS (SELECT 1) SELECT * FROM x")


@given(
    st.sampled_from(["INSERT INTO t", "insert into t", "MERGE INTO t USING", "UPDATE t SET", "DELETE FROM t WHERE"]),
    st.sampled_from(["", "WITH x AS (SELECT 1) ", "-- SELECT\n", "/* SELECT */ "]),
)
def test_what_writes_is_no_query(write, before):
    assert not queries.is_query(f"{before}{write} SELECT 1")
