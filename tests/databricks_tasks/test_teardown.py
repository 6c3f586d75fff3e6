"""The teardown against the local workspace: ours goes, what others made stays and is named, and a retry finishes."""

import base64
import io
import uuid
from dataclasses import dataclass

import pytest
from airflow.providers.common.compat.sdk import AirflowException, AirflowFailException
from databricks.sdk.service.workspace import ImportFormat, Language

from include.databricks_tasks.lakebase import API, DeleteLakebaseProjectOperator, connect
from include.databricks_tasks.pipelines import DeletePipelineOperator
from include.databricks_tasks.preflight import ensure_warehouse
from include.databricks_tasks.teardown import lakebase, plan, schema, shared, stream_runs, tasks
from include.databricks_tasks.teardown.part import Part
from include.payments import lakebase as lakebase_tables
from include.payments import names
from include.settings import CREATED_BY, Settings, resolve
from tests.conftest import CATALOG
from tests.local_workspace.runtime.support import FINAL, notebook, studio  # noqa: F401

SOURCE = """
from pyspark.sql import SparkSession
spark = SparkSession.active()

@dp.materialized_view
def payments_enriched_silver():
    return spark.range(3)
"""
MANIFEST = "manifests/2026-11-02.json"


@dataclass
class Place:
    """A schema of its own, with settings whose other names are its own too."""

    workspace: object
    settings: Settings

    @property
    def client(self):
        return self.workspace.client

    @property
    def name(self) -> str:
        return f"{CATALOG}.{self.settings.schema}"

    def sql(self, statement: str) -> list[list]:
        return self.workspace.sql(statement, self.settings.schema)

    def file(self, volume: str, path: str) -> None:
        self.client.files.upload(f"{self.settings.volume(volume)}/{path}", io.BytesIO(b"{}"), overwrite=True)

    def plan(self, keep_landing_files: bool = False):
        return plan.make(self.client, self.settings, keep_landing_files)

    def tables(self) -> set[str]:
        return {table.name for table in self.client.tables.list(CATALOG, self.settings.schema)}

    def volumes(self) -> set[str]:
        return {volume.name for volume in self.client.volumes.list(CATALOG, self.settings.schema)}


@pytest.fixture
def place(workspace) -> Place:
    unique = uuid.uuid4().hex[:12]
    settings = resolve(
        {
            "catalog": CATALOG,
            "schema": f"t_{unique}",
            "warehouse_name": f"w-{unique}",
            "workspace_folder": f"/Shared/{unique}",
            "lakebase_project_id": f"p-{unique}",
        }
    )
    workspace.sql(f"CREATE SCHEMA {CATALOG}.t_{unique} COMMENT '{names.SCHEMA_COMMENT}'")
    return Place(workspace, settings)


@pytest.fixture
def installed(place) -> Place:
    """One object of each kind, named as the files name them."""
    place.sql("CREATE TABLE object_log (n INT)")
    place.sql("CREATE TABLE gold_payments_daily (n INT)")
    place.sql("CREATE TABLE countries (n INT)")
    place.sql(f"CREATE TABLE {names.RUNNING_TABLE} (n INT)")
    place.sql(f"CREATE VIEW {names.RUNNING_VIEW} AS SELECT * FROM {names.RUNNING_TABLE}")
    place.sql("CREATE VIEW v_approval_kpis AS SELECT * FROM gold_payments_daily")
    for volume in names.VOLUMES:
        place.sql(f"CREATE VOLUME {place.name}.{volume}")
    place.file(names.RAW_DATA, MANIFEST)
    place.file(names.CHECKPOINTS, f"{names.STREAM_CHECKPOINT}/offsets/0")
    return place


def _of_others(place: Place) -> None:
    place.sql("CREATE TABLE mine (n INT)")
    place.sql("CREATE VIEW v_mine AS SELECT * FROM mine")
    place.sql("CREATE VIEW risk_tiers AS SELECT * FROM mine")  # our name, but we make a table of it
    place.file("reports", "mine.pdf")


def _pipeline_operator(place: Place, name: str) -> DeletePipelineOperator:
    return DeletePipelineOperator(
        task_id="delete", name=name, catalog=CATALOG, schema=place.settings.schema, poll_seconds=0.2
    )


def test_looking_changes_nothing(installed):
    before = installed.tables(), installed.volumes()

    first, second = installed.plan(), installed.plan()

    assert first == second
    assert (installed.tables(), installed.volumes()) == before


def test_ours_goes_with_the_schema_and_a_second_time_there_is_nothing_to_do(installed):
    found = installed.plan()
    assert set(found.removes["views"]) == {
        f"{installed.name}.{name}" for name in (names.RUNNING_VIEW, "v_approval_kpis")
    }
    assert len(found.removes["tables"]) == 4
    assert len(found.removes["volumes"]) == len(names.VOLUMES)

    schema.remove(installed.client, found.removes)

    assert installed.settings.schema not in {each.name for each in installed.client.schemas.list(CATALOG)}
    assert installed.plan().count() == 0
    schema.remove(installed.client, found.removes)


def test_what_others_made_stays_and_is_named(installed):
    _of_others(installed)

    found = installed.plan(keep_landing_files=True)
    schema.remove(installed.client, found.removes)

    assert installed.tables() == {"mine", "v_mine", "risk_tiers"}
    assert installed.volumes() == {"raw_data", "simulator_truth", "reports"}
    assert installed.client.files.get_metadata(f"{installed.settings.volume('reports')}/mine.pdf").content_length == 2
    assert "mine.pdf" in found.stays[f"{installed.name}.reports"]
    assert "keep_landing_files=false" in found.stays[f"{installed.name}.raw_data"]
    assert "not empty" in found.stays[installed.name]
    assert {f"{installed.name}.{name}" for name in ("mine", "v_mine", "risk_tiers")} < found.stays.keys()


def test_files_that_people_dropped_keep_the_volume(installed):
    installed.file(names.RAW_DATA, "inbox/theirs.jsonl")

    found = installed.plan()

    assert "inbox/theirs.jsonl" in found.stays[f"{installed.name}.raw_data"]
    assert f"{installed.name}.raw_data" not in found.removes["volumes"]


def test_a_retry_after_a_crash_removes_the_rest(installed):
    found = installed.plan()
    installed.client.tables.delete(f"{installed.name}.gold_payments_daily")  # its view is broken now

    schema.remove(installed.client, found.removes)

    assert installed.plan().count() == 0


def test_a_schema_that_the_project_was_never_installed_in_is_left_alone(workspace, place):
    place.sql("CREATE TABLE countries (n INT)")

    found = place.plan()

    assert found.count() == 0
    assert "object_log" in found.stays[f"{place.name}.countries"]


def test_a_schema_that_was_there_before_us_stays_empty(workspace, schema):
    known = resolve({"catalog": CATALOG, "schema": schema, "lakebase_project_id": "nowhere"})

    found = plan.make(workspace.client, known, keep_landing_files=False)

    assert "comment" in found.stays[f"{CATALOG}.{schema}"]


def test_a_pipeline_goes_with_its_tables_and_the_one_of_another_schema_stays(studio, place, task):  # noqa: F811
    ours = studio.pipeline(place.settings.schema, SOURCE, name=names.ETL_PIPELINE)
    assert studio.update(ours)[0] == "COMPLETED"
    theirs = studio.pipeline("another_schema", SOURCE, name=names.REALTIME_PIPELINE)
    _upload(place, "0123456789abcdef/payments/names.py")

    found = place.plan()
    for name in (names.REALTIME_PIPELINE, names.ETL_PIPELINE):
        task.run(_pipeline_operator(place, name))

    assert found.removes["pipelines"] == [names.ETL_PIPELINE]
    assert found.removes["tables of the pipelines, which go with them"] == [f"{place.name}.payments_enriched_silver"]
    assert "another_schema" in found.stays[names.REALTIME_PIPELINE]
    assert "another schema uses it" in found.stays[f"{place.settings.workspace_folder}/code/0123456789abcdef"]
    assert place.tables() == set()
    left = {each.pipeline_id for each in place.client.pipelines.list_pipelines()}
    assert theirs in left and ours not in left
    place.client.pipelines.delete(theirs)
    task.run(_pipeline_operator(place, names.ETL_PIPELINE))


def test_live_runs_on_the_stream_end_and_those_of_others_go_on(studio, place):  # noqa: F811
    path = f"{place.settings.workspace_folder}/code/0123456789abcdef/notebooks/continuous_stream_processor"
    place.client.workspace.mkdirs(path.rpartition("/")[0])
    cell = base64.b64encode(b"# Databricks notebook source\nimport time\nwhile True:\n    time.sleep(0.2)").decode()
    place.client.workspace.import_(path, content=cell, format=ImportFormat.SOURCE, language=Language.PYTHON)
    runs = [
        studio.submit(notebook("main", path, catalog=CATALOG, schema=schema))
        for schema in (place.settings.schema, "another_schema")
    ]

    found = place.plan()
    stream_runs.stop(place.client, found.removes)

    assert found.removes["live job runs on the stream"] == [str(runs[0])]
    assert studio.finish(runs[0])["state"]["result_state"] == "CANCELED"
    assert studio.get(runs[1])["state"]["life_cycle_state"] not in FINAL
    place.client.jobs.cancel_run_and_wait(runs[1])
    stream_runs.stop(place.client, found.removes)


def test_uploaded_code_and_our_warehouse_go_and_files_of_others_stay(place):
    warehouse = ensure_warehouse(place.client, place.settings, print)
    _upload(place, "0123456789abcdef/payments/names.py")
    _upload(place, "notes.txt")

    found = place.plan()
    shared.remove(place.client, place.settings, found.removes)

    root = f"{place.settings.workspace_folder}/code"
    assert [item.path for item in place.client.workspace.list(root)] == [f"{root}/notes.txt"]
    assert f"{root}/notes.txt" in found.stays
    assert warehouse not in {each.id for each in place.client.warehouses.list()}
    assert place.plan().count() == 1, "the schema itself"


def test_a_warehouse_that_was_there_before_us_stays(place):
    made = place.client.api_client.do("POST", "/api/2.0/sql/warehouses", body={"name": place.settings.warehouse_name})

    found = place.plan()

    assert "SQL warehouse" not in found.removes
    assert "created_by" in found.stays[f"SQL warehouse {place.settings.warehouse_name}"]
    place.client.warehouses.delete(made["id"])


def test_lakebase_tables_go_and_the_project_only_if_we_made_it_for_nobody_else(place, task):
    project, endpoint = _lakebase(place, [CREATED_BY])
    with connect(endpoint) as connection:
        connection.execute("CREATE TABLE public.theirs (n int)")

    found = place.plan()
    lakebase.remove(place.client, place.settings, found.removes)

    assert "payment_analysis.approval_rules" in found.removes["Lakebase tables"]
    assert found.removes["Lakebase schema"] == ["payment_analysis"]
    assert "Lakebase: public.theirs" in found.stays
    assert "others made" in found.stays[project]
    with connect(endpoint) as connection:
        assert connection.execute("SELECT to_regnamespace('payment_analysis')").fetchone() == (None,)
        connection.execute("DROP TABLE public.theirs")

    [ours] = place.plan().removes["Lakebase project"]
    for _ in range(2):
        task.run(DeleteLakebaseProjectOperator(task_id="delete", project=ours))
    assert "Lakebase project" not in place.plan().removes


def test_a_lakebase_project_that_was_there_before_us_stays(place):
    project, _ = _lakebase(place, [])

    assert "created_by" in place.plan().stays[project]
    place.client.api_client.do("DELETE", f"{API}/{project}")


def test_lakebase_tables_that_work_for_another_schema_stay(place):
    project, _ = _lakebase(place, [CREATED_BY], catalog="another_catalog")

    found = place.plan()

    assert "another_catalog" in found.stays[f"{project}, schema payment_analysis"]
    assert not found.removes.get("Lakebase tables")
    assert "Lakebase project" not in found.removes
    place.client.api_client.do("DELETE", f"{API}/{project}")


@pytest.mark.parametrize(("given", "goes_on"), [("", False), ("a.b", True)])
def test_the_run_ends_without_the_second_yes(monkeypatch, given, goes_on):
    _say_as(monkeypatch, given)

    assert tasks.confirmed.function({"removes": {"tables": ["a.b.t"]}, "stays": {}}) is goes_on


def test_a_second_yes_for_another_schema_fails(monkeypatch):
    _say_as(monkeypatch, "a.c")

    with pytest.raises(AirflowFailException, match="nothing was removed"):
        tasks.confirmed.function({"removes": {"tables": ["a.b.t"]}, "stays": {}})


def test_the_report_names_what_is_left_and_what_to_do(monkeypatch):
    monkeypatch.setattr(tasks, "_look", lambda: Part(removes={"tables": ["a.b.t"]}))

    with pytest.raises(AirflowException, match=r"clear the task `plan` to try again(?s:.*)tables: a\.b\.t"):
        tasks.report.function({"removes": {"tables": ["a.b.t"]}, "stays": {}})


def _say_as(monkeypatch, given: str) -> None:
    monkeypatch.setattr(tasks, "get_current_context", lambda: {"params": {"confirm": given}})
    monkeypatch.setattr(tasks, "run_settings", lambda context: resolve({"catalog": "a", "schema": "b"}))


def _upload(place: Place, path: str) -> None:
    whole = f"{place.settings.workspace_folder}/code/{path}"
    place.client.workspace.mkdirs(whole.rpartition("/")[0])
    place.client.workspace.import_(whole, content=base64.b64encode(b"x = 1").decode(), format=ImportFormat.RAW)


def _lakebase(place: Place, tags: list[dict], catalog: str = CATALOG) -> tuple[str, str]:
    """A project with our tables; its resource name and that of its endpoint."""
    place.client.api_client.do(
        "POST",
        f"{API}/projects",
        query={"project_id": place.settings.lakebase_project_id},
        body={"spec": {"custom_tags": tags}},
    )
    endpoint = f"{place.settings.lakebase_branch}/endpoints/primary"
    with connect(endpoint) as connection:
        due = lakebase_tables.tasks(catalog, place.settings.schema, place.workspace.warehouse_id)
        lakebase_tables.create_tables(connection, place.settings.lakebase_schema, due)
    return f"projects/{place.settings.lakebase_project_id}", endpoint
