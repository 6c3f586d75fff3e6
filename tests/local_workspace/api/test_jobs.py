"""Stored jobs with databricks-sdk and plain bodies: create, find, change, run, permissions, pages."""

import uuid

import pytest
from databricks.sdk.errors import DatabricksError, InvalidParameterValue, NotImplemented, ResourceDoesNotExist
from databricks.sdk.service import jobs

from tests.local_workspace.runtime.support import FINAL, studio, until  # noqa: F401


@pytest.fixture
def name() -> str:
    return f"job-{uuid.uuid4().hex[:8]}"


def _task(path: str) -> jobs.Task:
    return jobs.Task(task_key="a", notebook_task=jobs.NotebookTask(path, {"day": "{{job.parameters.day}}"}))


def test_create_find_change_and_delete(studio, name):  # noqa: F811
    w = studio.client
    job_id = w.jobs.create(name=name, tasks=[_task("/x")], tags={"team": "payments"}).job_id
    assert [job.job_id for job in w.jobs.list(name=name.upper())] == [job_id]
    assert next(iter(w.jobs.list(name=name, expand_tasks=True))).settings.tasks[0].task_key == "a"
    assert w.jobs.get(job_id).settings.tags == {"team": "payments"}
    w.jobs.update(job_id, new_settings=jobs.JobSettings(timeout_seconds=5), fields_to_remove=["tags"])
    changed = w.jobs.get(job_id).settings
    assert (changed.timeout_seconds, changed.tags, changed.name) == (5, None, name)
    w.jobs.reset(job_id, jobs.JobSettings(name=name, tasks=[_task("/y")]))
    assert w.jobs.get(job_id).settings.timeout_seconds is None
    w.jobs.delete(job_id)
    assert list(w.jobs.list(name=name)) == []
    with pytest.raises(DatabricksError, match=f"Job {job_id} does not exist"):
        w.jobs.get(job_id)


def test_a_job_runs_with_parameters_and_tells_them(studio, name):  # noqa: F811
    path = studio.notebook("dbutils.notebook.exit(dbutils.widgets.get('day') + dbutils.widgets.get('mode'))")
    w = studio.client
    parameters = [jobs.JobParameterDefinition(name="day", default="1"),
                  jobs.JobParameterDefinition(name="mode", default="a")]  # fmt: skip
    job_id = w.jobs.create(name=name, tasks=[_task(path)], parameters=parameters).job_id
    started = w.jobs.run_now(job_id, job_parameters={"day": "2"}, idempotency_token=name)
    assert w.jobs.get_run(started.run_id).state.life_cycle_state.value in ("PENDING", "RUNNING")
    assert w.jobs.run_now(job_id, idempotency_token=name).run_id == started.run_id
    skipped = w.jobs.get_run(w.jobs.run_now(job_id).run_id)
    assert skipped.state.result_state == jobs.RunResultState.MAXIMUM_CONCURRENT_RUNS_REACHED
    run = started.result()
    assert {item.name: item.value for item in run.job_parameters} == {"day": "2", "mode": "a"}
    assert w.jobs.get_run_output(run.tasks[0].run_id).notebook_output.result == "2a"
    assert run.run_page_url.endswith(f"/#job/{job_id}/run/{run.run_id}")
    listed = [found.run_id for found in w.jobs.list_runs(job_id=job_id, completed_only=True, limit=1)]
    assert listed == [skipped.run_id, run.run_id]
    w.jobs.delete_run(skipped.run_id)
    assert [found.run_id for found in w.jobs.list_runs(job_id=job_id)] == [run.run_id]


def test_a_run_beyond_the_bound_is_queued_when_the_job_says_so(studio, name):  # noqa: F811
    path = studio.notebook("import time\ntime.sleep(60)")
    w = studio.client
    job_id = w.jobs.create(name=name, tasks=[_task(path)], queue=jobs.QueueSettings(enabled=True)).job_id
    first, second = w.jobs.run_now(job_id).run_id, w.jobs.run_now(job_id).run_id
    queued = w.jobs.get_run(second)
    assert (queued.state.life_cycle_state.value, queued.status.state.value) == ("QUEUED", "QUEUED")
    w.jobs.cancel_run(first)
    until(lambda: studio.get(first)["state"]["life_cycle_state"], lambda state: state in FINAL)
    until(lambda: studio.get(second)["state"]["life_cycle_state"], lambda state: state == "RUNNING")
    w.jobs.cancel_all_runs(job_id=job_id)
    assert studio.finish(second)["state"]["result_state"] == "CANCELED"


def test_bodies_as_the_airflow_provider_sends_them(studio):  # noqa: F811
    path = studio.notebook("dbutils.notebook.exit(dbutils.widgets.get('n'))")
    do = studio.client.api_client.do
    body = {
        "run_name": "dag__task 1", "notebook_task": {"notebook_path": path, "base_parameters": {"n": "5"}},
        "existing_cluster_id": "0101-x", "timeout_seconds": "600", "libraries": [], "environments": None,
    }  # fmt: skip
    run_id = do("POST", "/api/2.1/jobs/runs/submit", body=body)["run_id"]
    run = do("GET", "/api/2.1/jobs/runs/get", body={"run_id": run_id})
    assert [task["task_key"] for task in run["tasks"]] == ["dag__task 1"]
    until(lambda: studio.get(run_id)["state"]["life_cycle_state"], lambda state: state in FINAL)
    child = do("GET", "/api/2.2/jobs/runs/get", query={"run_id": run["tasks"][0]["run_id"]})
    assert (child["job_run_id"], child["state"]["result_state"]) == (run_id, "SUCCESS")
    assert child["start_time"] <= child["end_time"] and child["run_page_url"]
    assert studio.output(run_id)["notebook_output"]["result"] == "5"


def test_many_tasks_come_in_pages(studio):  # noqa: F811
    tasks = [{"task_key": f"t{n}", "condition_task": {"left": "1", "op": "EQUAL_TO", "right": "1"}} for n in range(120)]
    run_id = studio.submit(*tasks)
    assert studio.finish(run_id)["state"]["result_state"] == "SUCCESS"
    first = studio.get(run_id)
    rest = studio.get(run_id, page_token=first["next_page_token"])
    assert (len(first["tasks"]), len(rest["tasks"])) == (100, 20)
    assert len(studio.client.jobs.get_run(run_id).tasks) == 120


def test_permissions_are_kept(studio, name):  # noqa: F811
    w = studio.client
    job_id = str(w.jobs.create(name=name, tasks=[_task("/x")]).job_id)
    group = jobs.JobAccessControlRequest(group_name="readers", permission_level=jobs.JobPermissionLevel.CAN_VIEW)
    w.jobs.update_permissions(job_id, access_control_list=[group])
    found = w.jobs.get_permissions(job_id).access_control_list
    assert {(entry.group_name or "me", entry.all_permissions[0].permission_level.value) for entry in found} == {
        ("me", "IS_OWNER"),
        ("readers", "CAN_VIEW"),
    }
    w.jobs.set_permissions(job_id, access_control_list=[])
    assert len(w.jobs.get_permissions(job_id).access_control_list) == 1


def test_what_would_never_fire_is_refused(studio, name):  # noqa: F811
    schedule = jobs.CronSchedule(quartz_cron_expression="0 0 * * * ?", timezone_id="UTC")
    with pytest.raises(NotImplemented, match="Airflow is the scheduler"):
        studio.client.jobs.create(name=name, tasks=[_task("/x")], schedule=schedule)
    with pytest.raises(NotImplemented, match="exporting"):
        studio.client.jobs.export_run(1)
    with pytest.raises(ResourceDoesNotExist, match="Run 987654321 does not exist"):
        studio.get(987654321)
    with pytest.raises(InvalidParameterValue, match="run_id must be a whole number"):
        studio.get("abc")
