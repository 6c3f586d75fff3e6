"""What `make run` shows of the output of `airflow dags test`."""

from include.commands.dag_output import DagOutput

_AT = "2026-11-23T07:33:42.034361Z [info     ]"
LINES = f"""\
{_AT} [DAG TEST] starting task_id=prepare.settings map_index=-1 [airflow.sdk.definitions.dag] loc=dag.py:1501
{_AT} progress: business date 2026-11-22     [payment_analysis] loc=context.py:33
{_AT} Task instance state updated    [airflow.api] correlation_id=1 loc=t.py:485 new_state=success rows_affected=1
{_AT} [DAG TEST] end task task_id=prepare.settings map_index=-1 [airflow.sdk.definitions.dag] loc=dag.py:1563
{_AT} [DAG TEST] starting task_id=step_1.fails map_index=-1 [airflow.sdk.definitions.dag] loc=dag.py:1501
2026-11-23T07:33:44.9Z [error    ] Task failed with exception     [task] loc=task_runner.py:1676
Traceback (most recent call last):
  File "x.py", line 7, in f
    raise StatementFailed("no")
include.databricks_tasks.statements.StatementFailed: sql/gold/views/v.sql:7: column nope, token s3cret
second line
{_AT} Task instance state updated    [airflow.api] correlation_id=1 loc=t.py:485 new_state=failed rows_affected=1
{_AT} [DAG TEST] end task task_id=step_1.fails map_index=-1 [airflow.sdk.definitions.dag] loc=dag.py:1563
{_AT} report: {{"business_date": "2026-11-22", "kpis": {{"payments": "20000"}}, "checks": []}} [p] loc=p.py:9
DagRun failed
"""


def test_shows_tasks_progress_and_the_error_in_full_without_the_traceback(tmp_path, capsys):
    output = DagOutput(tmp_path / "run.log", secrets=["s3cret"])
    output.follow(LINES.splitlines(keepends=True))
    shown = capsys.readouterr().out

    assert "business date 2026-11-22\n" in shown
    assert "ok   prepare.settings" in shown
    assert "FAIL step_1.fails" in shown
    assert "StatementFailed: sql/gold/views/v.sql:7: column nope" in shown
    assert "second line" in shown
    assert "Traceback" not in shown


def test_ends_with_a_table_of_the_steps_and_the_kpis(tmp_path):
    output = DagOutput(tmp_path / "run.log", secrets=[])
    output.follow(LINES.splitlines(keepends=True))
    table = output.summary(12.0)

    assert [line.split()[:2] for line in table.splitlines()[2:4]] == [["prepare", "success"], ["step_1", "failed"]]
    assert "KPIs of 2026-11-22" in table
    assert table.splitlines()[-1].split() == ["payments", "20000"]


def test_secrets_reach_neither_the_screen_nor_the_log(tmp_path, capsys):
    output = DagOutput(tmp_path / "run.log", secrets=["s3cret"])
    output.follow(LINES.splitlines(keepends=True))

    assert "s3cret" not in capsys.readouterr().out
    assert "s3cret" not in output.log.read_text()


def test_one_that_failed_of_several_mapped_tasks_is_not_hidden_by_the_others(tmp_path, capsys):
    lines = []
    for place, state in ((0, "failed"), (1, "success")):
        at = f"task_id=step_4.dashboard map_index={place} [airflow.sdk.definitions.dag] loc=dag.py:1"
        lines += [
            f"{_AT} [DAG TEST] starting {at}",
            f"{_AT} Task instance state updated    [airflow.api] loc=t.py:485 new_state={state} rows_affected=1",
            f"{_AT} [DAG TEST] end task {at}",
        ]
    output = DagOutput(tmp_path / "run.log", secrets=[])
    output.follow(lines)

    assert "FAIL step_4.dashboard[0]" in capsys.readouterr().out
    assert output.summary(1.0).splitlines()[2].split()[:2] == ["step_4", "failed"]
