"""SQL programs: rows, errors, deferral, adoption after a crash, and cancel."""

import asyncio
import datetime

import pytest

from include.databricks_tasks.statements import SqlProgramOperator, StatementFailed
from tests.conftest import ENDLESS


def _operator(workspace, program, schema=None, **more):
    return SqlProgramOperator(
        task_id="sql",
        program=program,
        warehouse_id=workspace.warehouse_id,
        catalog="test_catalog" if schema else None,
        schema=schema,
        **more,
    )


def _slow(text):
    """A query that ends, but not before its task defers; it answers a count and this text."""
    return f"SELECT count(*), '{text}' FROM range(60000000) WHERE hash(id, rand()) > 42"


def test_a_program_gets_rows_and_returns_its_result(workspace, task, schema):
    def program(execute, context):
        execute("CREATE TABLE t (n BIGINT, day DATE)")
        execute("INSERT INTO t VALUES (:n, :day)", {"n": 5, "day": datetime.date(2026, 11, 1)})
        return execute("SELECT * FROM t")

    assert task.run(_operator(workspace, program, schema)) == [["5", "2026-11-01"]]


def test_rows_know_their_columns_and_whether_there_are_more(workspace, task, monkeypatch):
    monkeypatch.setattr(SqlProgramOperator, "row_limit", 2)

    def program(execute, context):
        few, many = execute("SELECT 1 AS n, DATE'2026-11-02' AS day"), execute("SELECT id FROM range(3)")
        return few, few.columns, few.truncated, len(many), many.truncated

    columns = (("n", "INT"), ("day", "DATE"))
    assert task.run(_operator(workspace, program)) == ([["1", "2026-11-02"]], columns, False, 2, True)


def test_the_warehouses_own_message_reaches_the_task_and_the_journal_is_dropped(workspace, task):
    def program(execute, context):
        execute("SELECT 1")
        execute("SELECT broken FROM nowhere_at_all")

    with pytest.raises(StatementFailed, match="nowhere_at_all"):
        task.run(_operator(workspace, program))
    assert task.state.values == {}


def test_a_long_statement_defers_and_nothing_is_sent_twice(workspace, task, schema):
    marker = f"marker of {schema}"

    def program(execute, context):
        execute(f"SELECT '{marker} first'")
        return execute(_slow(f"{marker} second"))[0][1]

    assert task.run(_operator(workspace, program, patience=0.0)) == f"{marker} second"
    assert len(workspace.statements(marker)) == 2
    assert task.state.values == {}


def test_a_retry_after_a_crash_adopts_the_statement_that_runs(workspace, task, schema):
    marker = f"crash of {schema}"

    def program(execute, context):
        return execute(_slow(marker))[0][1]

    task.until_deferred(_operator(workspace, program, patience=0.0))  # the worker is gone; only task state is left

    assert task.run(_operator(workspace, program)) == marker
    assert len(workspace.statements(marker)) == 1


def test_clearing_a_finished_task_runs_it_anew(workspace, task, schema):
    marker = f"again of {schema}"
    operator = _operator(workspace, lambda execute, context: execute(f"SELECT '{marker}'"))

    task.run(operator)
    task.run(operator)

    assert len(workspace.statements(marker)) == 2


def test_killing_the_deferred_task_cancels_its_statement_and_no_other(workspace, task, schema):
    other = workspace.client.statement_execution.execute_statement(ENDLESS, workspace.warehouse_id, wait_timeout="0s")
    deferred = task.until_deferred(_operator(workspace, lambda e, c: e(f"{ENDLESS} -- {schema}"), patience=0.0))

    asyncio.run(deferred.trigger.on_kill())

    [mine] = workspace.statements(f"-- {schema}")
    assert mine["status"] == "CANCELED"
    status = workspace.client.statement_execution.get_statement(other.statement_id).status.state.value
    workspace.client.statement_execution.cancel_execution(other.statement_id)
    assert status in ("PENDING", "RUNNING")


def test_a_transient_answer_is_retried(workspace, task, fault):
    fault("POST /api/2.0/sql/statements", kind="status", status=503, times=2)

    assert task.run(_operator(workspace, lambda execute, context: execute("SELECT 'through'"))) == [["through"]]
