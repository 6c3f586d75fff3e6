"""The DAG: it parses without a connection or a query, reads like its documentation, and can be retried everywhere."""

import json

import pytest

from tests.dags.conftest import upstream_of


@pytest.fixture
def dag(parsed):
    return parsed["dags"]["payment_analysis"]


def test_parses_without_errors_queries_and_connections(parsed):
    assert parsed["errors"] == {}
    assert parsed["queries"] == []
    assert parsed["connections"] == []


def test_runs_every_night_for_the_day_before(dag):
    assert dag["schedule"] == "0 0 * * *"
    assert dag["catchup"] is False


def test_has_tags_documentation_and_a_description_for_every_param(dag):
    assert dag["tags"] == ["databricks", "payments"]
    assert all(dag["params"].values()), [name for name, text in dag["params"].items() if not text]
    for group in {task.split(".")[0] for task in dag["tasks"]}:
        assert f"`{group}`" in dag["doc"]


def test_every_task_is_retried_but_the_one_that_judges(dag):
    assert {name for name, task in dag["tasks"].items() if task["retries"] < 2} == {"verify"}


def test_step_3_waits_for_silver_and_not_for_the_stream(dag):
    upstream = upstream_of(dag, "step_3_initialize_ingestion.gold_tables")

    assert "step_3_initialize_ingestion.wait_for_silver" in upstream
    assert "run_etl_pipeline.update_etl_pipeline" in upstream
    assert "run_etl_pipeline.run_realtime_pipeline" not in upstream


def test_the_simulator_paces_events_beside_the_stream_at_the_rate_and_for_the_time_of_the_run(dag):
    stream = dag["tasks"]["run_etl_pipeline.run_realtime_pipeline"]["templates"]

    assert "['event_source']" in stream["event_source"]
    assert "pace_transaction_events" in stream["tasks"]
    assert "['stream_events_per_second']" in stream["tasks"]
    assert "60 * ti.xcom_pull(task_ids='prepare.settings')['realtime_minutes']" in stream["tasks"]
    assert "['realtime_minutes']" in stream["minutes"]


def test_what_runs_share_goes_through_the_pool_of_one(dag):
    shared = {name for name, task in dag["tasks"].items() if task["pool"] == "payment_analysis_shared"}

    assert shared == {
        "run_etl_pipeline.update_etl_pipeline",
        "step_3_initialize_ingestion.gold_tables",
        "step_3_initialize_ingestion.gold_views",
        "verify",
        "step_4_deploy_dashboards.dashboard",
        "step_7_genie_sync.genie_space",
    }


@pytest.mark.parametrize("task", ["step_4_deploy_dashboards.dashboard", "step_7_genie_sync.genie_space"])
def test_dashboards_and_genie_follow_gold_for_the_newest_day_and_verify_follows_them(dag, task):
    upstream = upstream_of(dag, task)

    assert "step_3_initialize_ingestion.gold_views" in upstream
    assert f"{task.split('.')[0]}.newest_day" in upstream
    assert task in upstream_of(dag, "verify")


def test_either_of_steps_4_and_7_runs_without_the_other_and_without_the_steps_before(dag):
    for step in ("step_4_deploy_dashboards", "step_7_genie_sync"):
        first = [name for name, task in dag["tasks"].items() if name.startswith(step) and not any(
            upstream.startswith(step) for upstream in task["upstream"])]  # fmt: skip
        assert first == [f"{step}.wanted"], "whatever else were first would be skipped with step 3"


def test_no_name_of_a_catalog_or_schema_is_written_into_a_task(dag):
    rendered = json.dumps(dag["tasks"])

    assert "ahs_demos_catalog" not in rendered
    assert "payment_analysis." not in rendered
