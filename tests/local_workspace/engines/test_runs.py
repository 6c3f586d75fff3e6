"""Runs of several tasks: order, conditions, values, retries, time limits, cancelling, bounds; and a restart."""

import pytest
from databricks.sdk.errors import InvalidParameterValue, NotImplemented

from tests.conftest import ENDLESS
from tests.local_workspace.runtime.support import notebook, studio, until  # noqa: F401

SLEEP = "import time\nprint('sleeping', flush=True)\ntime.sleep({seconds})"


def _states(run: dict) -> dict[str, str]:
    return {task["task_key"]: task["state"].get("result_state", "") for task in run["tasks"]}


def _condition(key: str, left: str, op: str, right: str, after: tuple = ()) -> dict:
    task = {"task_key": key, "condition_task": {"left": left, "op": op, "right": right}}
    return {**task, "depends_on": [{"task_key": name} for name in after]}


def test_tasks_in_order_with_values_conditions_and_sql(studio, schema):  # noqa: F811
    first = studio.notebook("dbutils.jobs.taskValues.set('rows', 12)\ndbutils.jobs.taskValues.set('kind', {'a': [1]})")
    second = studio.notebook(
        "rows, kind = dbutils.widgets.get('rows'), dbutils.jobs.taskValues.get('load', 'kind')",
        "try:\n    dbutils.jobs.taskValues.get('load', 'absent')\n"
        "except ValueError as error:\n    print('missing:', error)",
        "dbutils.notebook.exit(rows + str(kind) + dbutils.jobs.taskValues.get('load', 'absent', 'default'))",
    )
    sql = studio.file(
        "make.sql",
        f"-- two; statements\nCREATE TABLE test_catalog.{schema}.made AS SELECT 'a;b' AS text, :n AS n;\n"
        f"INSERT INTO test_catalog.{schema}.made VALUES ('c', :n);",
    )
    run, outputs = studio.run(
        notebook("load", first),
        _condition("many", "{{tasks.load.values.rows}}", "GREATER_THAN", "10", after=("load",)),
        {**notebook("yes", second, rows="{{tasks.load.values.rows}}"),
         "depends_on": [{"task_key": "many", "outcome": "true"}]},
        {**_condition("no", "1", "EQUAL_TO", "1"), "depends_on": [{"task_key": "many", "outcome": "false"}]},
        {"task_key": "sql", "depends_on": [{"task_key": "yes"}],
         "sql_task": {"warehouse_id": studio.workspace.warehouse_id, "file": {"path": sql},
                      "parameters": {"n": "{{job.run_id}}"}}},
    )  # fmt: skip
    assert run["state"]["result_state"] == "SUCCESS", [output.get("error") for output in outputs.values()]
    assert _states(run) == {"load": "SUCCESS", "many": "SUCCESS", "yes": "SUCCESS", "no": "EXCLUDED", "sql": "SUCCESS"}
    assert outputs["yes"]["notebook_output"]["result"] == "12{'a': [1]}default"
    assert "missing: Task 'load' set no value 'absent'" in outputs["yes"]["logs"]
    assert studio.workspace.sql("SELECT text, n FROM made ORDER BY 1", schema) == [
        ["a;b", str(run["run_id"])],
        ["c", str(run["run_id"])],
    ]
    assert len(outputs["sql"]["sql_output"]["query_output"]["sql_statements"]) == 2


def test_a_failure_skips_what_depends_on_it_and_a_repair_runs_only_that(studio, schema):  # noqa: F811
    volume = studio.volume(schema)
    fails = studio.notebook(f"assert dbutils.fs.ls('{volume}'), 'nothing has landed'")
    fine = studio.notebook("print('fine')")
    run_id = studio.submit(
        notebook("good", fine),
        notebook("bad", fails),
        notebook("after", fine, after=("bad",)),
        {**_condition("cleanup", "1", "EQUAL_TO", "1", after=("bad",)), "run_if": "ALL_DONE"},
        {**_condition("alarm", "1", "EQUAL_TO", "1", after=("bad", "good")), "run_if": "AT_LEAST_ONE_FAILED"},
    )
    run = studio.finish(run_id)
    expected = {
        "good": "SUCCESS",
        "bad": "FAILED",
        "after": "UPSTREAM_FAILED",
        "cleanup": "SUCCESS",
        "alarm": "SUCCESS",
    }
    assert _states(run) == expected
    assert run["state"]["result_state"] == "FAILED"
    assert run["state"]["state_message"] == (
        "Task bad failed with message: Workload failed, see run output for details. "
        "This caused all downstream tasks to get skipped."
    )
    studio.land(f"{volume}/in/x.txt", "x")
    old = {task["task_key"]: task["run_id"] for task in run["tasks"]}
    repair = {"run_id": run_id, "rerun_all_failed_tasks": True}
    repair_id = studio.call("POST", "/api/2.2/jobs/runs/repair", **repair)["repair_id"]
    run = studio.finish(run_id)
    assert run["state"]["result_state"] == "SUCCESS"
    new = {task["task_key"]: task["run_id"] for task in run["tasks"]}
    assert {key for key in new if new[key] != old[key]} == {"bad", "after"}
    history = studio.get(run_id, include_history=True)["repair_history"]
    assert [item["type"] for item in history] == ["ORIGINAL", "REPAIR"]
    assert (history[1]["id"], sorted(history[1]["task_run_ids"])) == (repair_id, sorted([new["bad"], new["after"]]))
    assert [item["state"]["result_state"] for item in history] == ["FAILED", "SUCCESS"]


def test_retries_and_time_limits(studio, schema):  # noqa: F811
    volume = studio.volume(schema)
    flaky = studio.notebook(
        f"tries = len(dbutils.fs.ls('{volume}'))\ndbutils.fs.put('{volume}/' + str(tries), 'x')\nassert tries >= 1"
    )
    slow = studio.notebook(f"spark.sql('{ENDLESS}').collect()")
    run_id = studio.submit(
        {**notebook("flaky", flaky), "max_retries": 3, "min_retry_interval_millis": 10},
        {**notebook("slow", slow), "timeout_seconds": "15", "max_retries": 5},
    )
    run = studio.finish(run_id)
    assert _states(run) == {"flaky": "SUCCESS", "slow": "TIMEDOUT"}
    assert run["state"]["result_state"] == "FAILED"
    attempts = {task["task_key"]: task["attempt_number"] for task in run["tasks"]}
    assert attempts == {"flaky": 1, "slow": 0}
    assert len(studio.get(run_id, include_history=True)["tasks"]) == 3


def test_cancel_ends_this_run_only_and_shows_logs_before(studio):  # noqa: F811
    path = studio.notebook(SLEEP.format(seconds=300))
    quick = studio.notebook(SLEEP.format(seconds=1))
    first = studio.submit(notebook("a", path), notebook("b", path, after=("a",)))
    second = studio.submit(notebook("a", quick))
    task = studio.get(first)["tasks"][0]["run_id"]
    until(lambda: studio.output(task)["logs"], lambda logs: "sleeping" in logs)
    assert studio.get(first)["state"]["life_cycle_state"] == "RUNNING"
    studio.call("POST", "/api/2.1/jobs/runs/cancel", run_id=str(first))
    run = studio.finish(first, 30)
    assert run["state"]["result_state"] == "CANCELED" and run["state"]["user_cancelled_or_timedout"]
    assert _states(run) == {"a": "CANCELED", "b": "CANCELED"}
    assert studio.finish(second)["state"]["result_state"] == "SUCCESS"


def test_the_same_token_gives_the_same_run(studio):  # noqa: F811
    path = studio.notebook("print(1)")
    runs = {studio.submit(notebook("a", path), idempotency_token=f"token-{studio.folder[-10:]}") for _ in range(3)}
    assert len(runs) == 1
    with pytest.raises(InvalidParameterValue, match="64 characters"):
        studio.submit(notebook("a", path), idempotency_token="x" * 65)
    studio.finish(runs.pop())


@pytest.mark.parametrize(
    ("tasks", "error", "message"),
    [
        ([{"task_key": "a", "dbt_task": {"commands": []}}], NotImplemented, "dbt_task"),
        ([{"task_key": "a"}], InvalidParameterValue, "exactly one of"),
        ([notebook("a", "relative")], InvalidParameterValue, "absolute"),
        ([notebook("a b", "/x")], InvalidParameterValue, "task_key"),
        ([notebook("a", "/x"), notebook("a", "/x")], InvalidParameterValue, "unique"),
        ([notebook("a", "/x", after=("b",))], InvalidParameterValue, "not a task"),
        ([notebook("a", "/x", after=("b",)), notebook("b", "/x", after=("a",))], InvalidParameterValue, "circle"),
        ([{**notebook("a", "/x"), "run_if": "NEVER"}], InvalidParameterValue, "run_if"),
        ([{**notebook("a", "/x"), "libraries": [{"jar": "x.jar"}]}], NotImplemented, "jar"),
        ([{**notebook("a", "/x"), "environment_key": "e"}], InvalidParameterValue, "environment"),
    ],
)
def test_what_cannot_run_is_refused_at_once(studio, tasks, error, message):  # noqa: F811
    with pytest.raises(error, match=message):
        studio.submit(*tasks)


def test_a_missing_notebook_fails_its_task_by_name(studio):  # noqa: F811
    run, outputs = studio.run(notebook("a", f"{studio.folder}/nowhere"))
    assert run["state"]["result_state"] == "FAILED"
    assert f'Unable to access the notebook "{studio.folder}/nowhere"' in outputs["a"]["error"]
