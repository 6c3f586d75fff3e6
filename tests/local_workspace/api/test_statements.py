"""SQL statement execution as clients drive it: databricks-sdk, plain HTTP, and databricks-sql-connector."""

import datetime
import decimal
import urllib.request

import pyarrow as pa
import pytest
from databricks import sql as connector
from databricks.sdk.errors import BadRequest, InvalidParameterValue, NotFound
from databricks.sdk.service.sql import (
    Disposition,
    ExecuteStatementRequestOnWaitTimeout,
    Format,
    QueryTag,
    StatementParameterListItem,
    StatementState,
)

from include.local_workspace.engines.process import wait_until
from tests.conftest import ENDLESS


@pytest.fixture
def api(workspace):
    return workspace.client.statement_execution


def _param(name, value, kind=None):
    return StatementParameterListItem(name=name, value=value, type=kind)


def test_rows_are_strings_with_a_typed_manifest(api, workspace):
    answer = api.execute_statement(
        "SELECT 1 AS i, 2.50BD AS d, 'x' AS s, true AS b, DATE'2026-11-01' AS day, "
        "TIMESTAMP'2026-11-01 10:00:00.5' AS at, CAST(NULL AS INT) AS n, array(1, 2) AS a, 1.5D AS f",
        workspace.warehouse_id,
        wait_timeout="50s",
    )

    assert answer.result.data_array == [
        ["1", "2.50", "x", "true", "2026-11-01", "2026-11-01T10:00:00.500Z", None, "[1,2]", "1.5"]
    ]
    names = [column.type_name.value for column in answer.manifest.schema.columns]
    assert names == ["INT", "DECIMAL", "STRING", "BOOLEAN", "DATE", "TIMESTAMP", "INT", "ARRAY", "DOUBLE"]
    assert answer.manifest.schema.columns[1].type_text == "DECIMAL(3,2)"
    assert answer.manifest.total_row_count == 1


def test_typed_parameters_are_bound_not_pasted(api, workspace):
    evil = "x'; DROP TABLE t; --"
    answer = api.execute_statement(
        "SELECT :name AS name, :day + INTERVAL 1 DAY AS next, :amount * 2 AS twice, :many + 1 AS more, :none AS none",
        workspace.warehouse_id,
        parameters=[
            _param("name", evil),
            _param("day", "2026-11-01", "DATE"),
            _param("amount", "1.25", "DECIMAL(5,2)"),
            _param("many", "9000000000", "BIGINT"),
            _param("none", None, "STRING"),
        ],
        wait_timeout="50s",
    )

    assert answer.result.data_array == [[evil, "2026-11-02", "2.50", "9000000001", None]]


@pytest.mark.parametrize(
    ("value", "kind"),
    [("x", "INT"), ("3000000000", "INT"), ("2026-13-01", "DATE"), ("maybe", "BOOLEAN"), ("1", "WHAT")],
)
def test_a_parameter_that_does_not_fit_its_type_is_refused_by_name(api, workspace, value, kind):
    with pytest.raises(InvalidParameterValue, match="'p'"):
        api.execute_statement("SELECT :p", workspace.warehouse_id, parameters=[_param("p", value, kind)])


def test_a_failing_statement_says_why_without_a_java_trace(api, workspace):
    answer = api.execute_statement("SELECT nothing FROM nowhere", workspace.warehouse_id, wait_timeout="50s")

    assert answer.status.state == StatementState.FAILED
    assert "TABLE_OR_VIEW_NOT_FOUND" in answer.status.error.message
    assert "org.apache" not in answer.status.error.message
    assert len(answer.status.error.message) < 1000


def test_catalog_and_schema_are_those_of_the_statement(api, workspace, schema):
    workspace.sql("CREATE TABLE t AS SELECT 7 AS n", schema)

    assert workspace.sql("SELECT n FROM t", schema) == [["7"]]
    assert workspace.sql("SELECT current_catalog(), current_schema()", schema) == [["test_catalog", schema]]


def test_nothing_leaks_from_one_statement_to_the_next(workspace, schema):
    workspace.sql("CREATE TEMPORARY VIEW mine AS SELECT 1 AS n", schema)
    workspace.sql("SET spark.sql.session.timeZone = Asia/Tokyo", schema)
    answer = workspace.client.statement_execution.execute_statement(
        "SELECT * FROM mine", workspace.warehouse_id, catalog="test_catalog", schema=schema, wait_timeout="50s"
    )

    assert answer.status.state == StatementState.FAILED
    assert workspace.sql("SELECT current_timezone()", schema) == [["UTC"]]


def test_wait_timeout_zero_answers_at_once_and_the_statement_goes_on(api, workspace):
    slow = "SELECT count(*) FROM range(2000000) WHERE hash(id, rand()) = 42"
    answer = api.execute_statement(slow, workspace.warehouse_id, wait_timeout="0s")

    assert answer.status.state in (StatementState.PENDING, StatementState.RUNNING)
    assert _final(api, answer.statement_id).status.state == StatementState.SUCCEEDED


def test_cancel_stops_the_query_itself(api, workspace):
    answer = api.execute_statement(ENDLESS, workspace.warehouse_id, wait_timeout="0s")
    _until(lambda: api.get_statement(answer.statement_id).status.state == StatementState.RUNNING)

    api.cancel_execution(answer.statement_id)

    assert api.get_statement(answer.statement_id).status.state == StatementState.CANCELED
    assert workspace.sql("SELECT count(*) FROM range(1000000)") == [["1000000"]]


def test_on_wait_timeout_cancel_cancels(api, workspace):
    answer = api.execute_statement(
        ENDLESS,
        workspace.warehouse_id,
        wait_timeout="5s",
        on_wait_timeout=ExecuteStatementRequestOnWaitTimeout.CANCEL,
    )

    assert answer.status.state == StatementState.CANCELED


def test_row_limit_truncates_and_says_so(api, workspace):
    answer = api.execute_statement("SELECT id FROM range(100)", workspace.warehouse_id, row_limit=3, wait_timeout="50s")

    assert len(answer.result.data_array) == 3
    assert answer.manifest.truncated


def test_a_large_result_comes_in_chunks_that_add_up(api, workspace):
    answer = api.execute_statement(
        "SELECT id, repeat('x', 100) AS s FROM range(100000)", workspace.warehouse_id, wait_timeout="50s"
    )
    rows, result = list(answer.result.data_array), answer.result
    while result.next_chunk_index is not None:
        result = api.get_statement_result_chunk_n(answer.statement_id, result.next_chunk_index)
        rows += result.data_array

    assert answer.manifest.total_chunk_count > 1
    assert sorted(int(row[0]) for row in rows) == list(range(100_000))


def test_arrow_over_external_links_needs_no_token_but_an_intact_link(api, workspace):
    answer = api.execute_statement(
        "SELECT id FROM range(10)",
        workspace.warehouse_id,
        disposition=Disposition.EXTERNAL_LINKS,
        format=Format.ARROW_STREAM,
        wait_timeout="50s",
    )
    link = answer.result.external_links[0].external_link

    with urllib.request.urlopen(link, timeout=10) as stream:  # noqa: S310
        assert pa.ipc.open_stream(stream.read()).read_all()["id"].to_pylist() == list(range(10))
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(link[:-1] + ("0" if link[-1] != "0" else "1"), timeout=10)  # noqa: S310
    assert refused.value.code == 403


def test_unknown_statement_and_warehouse_are_named(api, workspace):
    with pytest.raises(NotFound, match="01f0"):
        api.get_statement("01f0")
    with pytest.raises(NotFound, match="nowhere"):
        api.execute_statement("SELECT 1", "nowhere")


@pytest.mark.parametrize("wait", ["3s", "60s", "soon"])
def test_wait_timeout_outside_its_bounds_is_refused(api, workspace, wait):
    with pytest.raises((BadRequest, InvalidParameterValue), match="wait_timeout"):
        api.execute_statement("SELECT 1", workspace.warehouse_id, wait_timeout=wait)


def test_query_tags_and_outcome_are_kept_in_the_history(api, workspace):
    answer = api.execute_statement(
        "SELECT 42", workspace.warehouse_id, query_tags=[QueryTag(key="dag", value="d")], wait_timeout="50s"
    )

    history = workspace.client.api_client.do("GET", "/api/2.0/sql/history/queries", query={"max_results": 10})
    entry = next(item for item in history["res"] if item["query_id"] == answer.statement_id)
    assert entry["query_tags"] == [{"key": "dag", "value": "d"}]
    assert entry["status"] == "FINISHED"
    assert entry["rows_produced"] == 1


def test_sql_connector_works_unmodified(workspace, schema):
    with (
        connector.connect(
            server_hostname=workspace.host.rpartition(":")[0],
            http_path=f"/sql/1.0/warehouses/{workspace.warehouse_id}",
            access_token=workspace.token,
            _port=int(workspace.host.rpartition(":")[2]),
            use_sea=True,
            enable_telemetry=False,
            catalog="test_catalog",
            schema=schema,
        ) as connection,
        connection.cursor() as cursor,
    ):
        cursor.execute("CREATE TABLE t (id BIGINT, price DECIMAL(10, 2), day DATE)")
        cursor.execute("INSERT INTO t VALUES (1, 9.99, DATE'2026-11-01'), (2, NULL, NULL)")
        cursor.execute("SELECT * FROM t WHERE id = :id", {"id": 1})
        assert cursor.fetchall() == [(1, decimal.Decimal("9.99"), datetime.date(2026, 11, 1))]
        cursor.execute("SELECT count(*) AS n FROM t")
        assert cursor.fetchone().n == 2


def _until(check) -> None:
    assert wait_until(check, 60), "it did not happen in time"


def _final(api, statement_id):
    _until(lambda: api.get_statement(statement_id).status.state.value in ("SUCCEEDED", "FAILED", "CANCELED"))
    return api.get_statement(statement_id)
