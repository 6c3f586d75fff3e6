"""The teardown DAG: started by hand only, and nothing is removed before the second yes."""

import pytest

from tests.dags.conftest import upstream_of


@pytest.fixture
def dag(parsed):
    return parsed["dags"]["payment_analysis_teardown"]


def _removing(dag):
    return {name for name in dag["tasks"] if name.startswith("remove.")}


def test_is_started_by_hand_only(dag):
    assert dag["schedule"] is None
    assert dag["catchup"] is False


def test_removes_nothing_and_keeps_landed_files_unless_it_is_told_so(dag):
    assert dag["defaults"]["confirm"] == ""
    assert dag["defaults"]["keep_landing_files"] is True


def test_has_tags_documentation_and_a_description_for_every_param(dag, parsed):
    assert dag["tags"] == ["databricks", "payments"]
    assert all(dag["params"].values()), [name for name, text in dag["params"].items() if not text]
    assert (
        dag["params"].keys() - {"confirm", "keep_landing_files"} < parsed["dags"]["payment_analysis"]["params"].keys()
    )
    for group in {task.split(".")[0] for task in dag["tasks"]}:
        assert f"`{group}`" in dag["doc"]


def test_everything_that_removes_comes_after_the_plan_and_the_second_yes(dag):
    assert _removing(dag) == {
        "remove.stream_runs",
        "remove.realtime_pipeline",
        "remove.etl_pipeline",
        "remove.schema_objects",
        "remove.lakebase_tables",
        "remove.lakebase_project",
        "remove.dashboards_and_genie",
        "remove.code_and_warehouse",
    }
    for name in _removing(dag):
        assert {"plan", "confirmed"} <= upstream_of(dag, name)


def test_the_order_is_stream_pipeline_schema_and_last_what_other_schemas_share(dag):
    assert "remove.stream_runs" in dag["tasks"]["remove.realtime_pipeline"]["upstream"]
    assert "remove.realtime_pipeline" in dag["tasks"]["remove.etl_pipeline"]["upstream"]
    assert "remove.etl_pipeline" in dag["tasks"]["remove.schema_objects"]["upstream"]
    assert _removing(dag) - upstream_of(dag, "remove.code_and_warehouse") == {"remove.code_and_warehouse"}
    assert _removing(dag) < upstream_of(dag, "report")


def test_a_run_of_the_product_and_the_teardown_do_not_touch_the_schema_at_once(dag):
    shared = {name for name, task in dag["tasks"].items() if task["pool"] == "payment_analysis_shared"}

    assert shared == {
        "remove.realtime_pipeline",
        "remove.etl_pipeline",
        "remove.schema_objects",
        "remove.dashboards_and_genie",
    }


def test_every_task_is_retried_but_the_one_that_judges(dag):
    assert {name for name, task in dag["tasks"].items() if task["retries"] < 2} == {"report"}
