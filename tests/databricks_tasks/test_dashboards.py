"""Step 4 against the local workspace: datasets are run, dashboards published once, and a person's edit is kept."""

import io
import json
import re
import uuid
from dataclasses import dataclass
from pathlib import Path

import pytest
from airflow.providers.common.compat.sdk import AirflowException, AirflowFailException, AirflowSkipException
from databricks.sdk.errors import NotFound
from databricks.sdk.service.dashboards import Dashboard

from include.databricks_tasks import dashboard_files, programs
from include.databricks_tasks.dashboards import DashboardOperator, absent
from include.databricks_tasks.statements import SqlProgramOperator
from include.databricks_tasks.teardown import dashboards as teardown
from include.settings import Settings, resolve
from tests.conftest import CATALOG, ENDLESS

DAY = "2026-11-02"
HOSTILE = "<script>alert(1)</script>"


def board(*datasets: tuple[str, str, str]) -> dict:
    """A dashboard with a table for each dataset: its name, display name and SQL."""
    title = {"name": "title", "multilineTextboxSpec": {"lines": ["# Day"]}}
    layout = [{"widget": title, "position": {"x": 0, "y": 0, "width": 12, "height": 1}}]
    for row, (name, _, _) in enumerate(datasets):
        query = {"datasetName": name, "disaggregated": True, "fields": [{"name": "n", "expression": "`n`"}]}
        spec = {
            "version": 2, "widgetType": "table", "frame": {"showTitle": True, "title": f"Rows of {name}"},
            "encodings": {"columns": [{"fieldName": "n", "displayName": "N"}]},
        }  # fmt: skip
        widget = {"name": f"w_{name}", "queries": [{"name": "main_query", "query": query}], "spec": spec}
        layout.append({"widget": widget, "position": {"x": 0, "y": 1 + row * 3, "width": 12, "height": 3}})
    page = {"name": "p", "displayName": "Page", "pageType": "PAGE_TYPE_CANVAS", "layoutVersion": "GRID_V1",
            "layout": layout}  # fmt: skip
    return {
        "datasets": [{"name": name, "displayName": shown, "queryLines": [f"{sql}\n"]} for name, shown, sql in datasets],
        "pages": [page],
    }


ROWS = "SELECT decline_count AS n FROM v_top_decline_reasons"
MORE = "SELECT decline_count + 1 AS n FROM v_top_decline_reasons"
GOOD = board(("ds", "Payments", "SELECT decline_count AS n, decline_reason AS text FROM v_top_decline_reasons"))


@dataclass
class Place:
    """A schema with one table, a folder of dashboards of its own, and a task to run operators with."""

    workspace: object
    settings: Settings
    task: object
    folder: Path

    @property
    def client(self):
        return self.workspace.client

    def run(self, content, name: str = "day", **more) -> dict:
        text = content if isinstance(content, str) else json.dumps(content)
        file = self.folder / f"{name}.lvdash.json"
        file.write_text(text)
        operator = DashboardOperator(
            task_id="dashboard", file=str(file), warehouse_id=self.workspace.warehouse_id,
            catalog=CATALOG, schema=self.settings.schema, **more,
        )  # fmt: skip
        return self.task.run(operator)

    def newest(self, day: str):
        returned = {**self.settings.as_dict(), "business_date": day}
        self.task.ti.returned["prepare.settings"] = returned
        return self.task.run(SqlProgramOperator(
            task_id="newest_day", program=programs.newest_day, warehouse_id=self.workspace.warehouse_id,
            catalog=CATALOG, schema=self.settings.schema,
        ))  # fmt: skip

    def paths(self) -> list[str]:
        return sorted(
            item.path.rpartition("/")[2]
            for item in self.client.workspace.list(self.settings.dashboards_folder)
            if item.path.endswith(dashboard_files.SUFFIX)
        )


@pytest.fixture
def place(workspace, schema, task, tmp_path) -> Place:
    settings = resolve({"catalog": CATALOG, "schema": schema, "workspace_folder": f"/Shared/{uuid.uuid4().hex[:10]}"})
    workspace.sql(
        f"CREATE TABLE v_top_decline_reasons AS SELECT 7 AS decline_count, '{HOSTILE}' AS decline_reason", schema
    )
    workspace.sql(f"CREATE VOLUME {CATALOG}.{schema}.reports")
    task.ti.returned = {
        "prepare.settings": {**settings.as_dict(), "business_date": DAY},
        "step_4_deploy_dashboards.newest_day": {"day": DAY, "as_of": "2026-11-02T23:59:58.000Z"},
    }
    return Place(workspace, settings, task, tmp_path)


def test_a_dashboard_is_created_published_and_exported(place):
    told = place.run(GOOD)

    assert told["change"] == "created"
    published = place.client.lakeview.get_published(told["dashboard_id"])
    assert (published.warehouse_id, published.embed_credentials) == (place.workspace.warehouse_id, False)
    draft = place.client.lakeview.get(told["dashboard_id"])
    [dataset] = json.loads(draft.serialized_dashboard)["datasets"]
    assert (dataset["catalog"], dataset["schema"]) == (CATALOG, place.settings.schema)
    assert told["export"] == f"{place.settings.volume('reports')}/{DAY}/day.html"
    page = place.client.files.download(told["export"]).contents.read().decode()
    assert "7" in page and HOSTILE not in page
    assert list(absent(place.client, [told])) == []
    assert place.task.ti.xcoms["dashboard_url"].endswith(f"/{told['dashboard_id']}/published")


def test_a_second_run_leaves_an_unchanged_dashboard_alone(place):
    first = place.run(GOOD)
    before = (
        place.client.lakeview.get(first["dashboard_id"]),
        place.client.lakeview.get_published(first["dashboard_id"]),
    )

    second = place.run(GOOD)

    assert second == {**first, "change": ""}
    after = place.client.lakeview.get(first["dashboard_id"]), place.client.lakeview.get_published(first["dashboard_id"])
    assert after == before
    assert place.paths() == ["day.lvdash.json"]


def test_a_changed_file_is_written_over_the_same_dashboard_and_published(place):
    first = place.run(GOOD)

    second = place.run(board(("ds", "Payments", MORE)))

    assert (second["dashboard_id"], second["change"]) == (first["dashboard_id"], "updated")
    assert second["etag"] != first["etag"]
    place.client.lakeview.revert(first["dashboard_id"])
    assert "+ 1" in place.client.lakeview.get(first["dashboard_id"]).serialized_dashboard
    assert place.paths() == ["day.lvdash.json"]


def test_what_a_person_edited_is_kept_beside_it_and_the_run_says_so(place, caplog):
    first = place.run(GOOD)
    theirs = '{"datasets": [], "pages": [], "mine": "yes"}'
    place.client.lakeview.update(first["dashboard_id"], Dashboard(serialized_dashboard=theirs))

    second = place.run(GOOD)

    assert (second["dashboard_id"], second["change"]) == (first["dashboard_id"], "updated")
    [copy] = [name for name in place.paths() if name != "day.lvdash.json"]
    assert re.fullmatch(r"day \(edited \d{4}-\d\d-\d\dT\d\d\.\d\d\.\d\d\)\.lvdash\.json", copy)
    kept = place.client.workspace.get_status(f"{place.settings.dashboards_folder}/{copy}").resource_id
    assert json.loads(place.client.lakeview.get(kept).serialized_dashboard)["mine"] == "yes"
    assert "mine" not in place.client.lakeview.get(first["dashboard_id"]).serialized_dashboard
    assert "was edited in the workspace: that version is kept as" in caplog.text
    assert place.run(GOOD)["change"] == ""
    assert len(place.paths()) == 2


def test_an_edit_while_it_is_written_is_a_conflict_and_nothing_is_lost(place, fault):
    place.run(GOOD)
    fault("PATCH /api/2.0/lakeview/dashboards/*", kind="status", status=409)

    with pytest.raises(AirflowException, match=r"day\.lvdash\.json: "):
        place.run(board(("ds", "Payments", MORE)))


@pytest.mark.parametrize("call", ["POST /api/2.0/lakeview/dashboards", "POST /api/2.0/lakeview/dashboards/*/published"])
def test_a_try_that_died_after_its_effect_is_taken_up_without_a_second_dashboard(place, fault, call):
    fault(call, kind="reset", after_effect=True)
    try:
        place.run(GOOD)
    except Exception as error:
        assert "day.lvdash.json" in str(error)

    told = place.run(GOOD)

    assert place.paths() == ["day.lvdash.json"]
    assert place.client.lakeview.get_published(told["dashboard_id"])
    assert place.run(GOOD)["change"] == ""


def test_a_dashboard_that_was_unpublished_is_published_again(place):
    first = place.run(GOOD)
    place.client.lakeview.unpublish(first["dashboard_id"])

    second = place.run(GOOD)

    assert (second["change"], second["etag"]) == ("published", first["etag"])


def test_publishing_says_whose_rights_viewers_borrow(place, caplog):
    place.run(GOOD)
    assert "viewers see it with their own rights" in caplog.text
    place.task.ti.returned["prepare.settings"]["embed_credentials"] = True

    told = place.run(GOOD)

    assert told["change"] == "published"
    assert place.client.lakeview.get_published(told["dashboard_id"]).embed_credentials
    assert f"with the rights of {place.client.current_user.me().user_name}" in caplog.text


def test_every_dataset_that_fails_is_named_and_nothing_is_published(place):
    broken = board(
        ("good", "Good", ROWS),
        ("gone", "Gone", "SELECT transactions AS n FROM v_daily_trends"),
        ("odd", "Odd", "SELECT avg_amount AS n FROM v_top_decline_reasons"),
    )

    with pytest.raises(AirflowException) as raised:
        place.run(broken)

    text = str(raised.value)
    assert re.search(r"day\.lvdash\.json: dataset gone: .*v_daily_trends", text)
    assert re.search(r"day\.lvdash\.json: dataset odd: .*avg_amount", text)
    assert "dataset good" not in text
    with pytest.raises(NotFound):
        place.client.workspace.get_status(f"{place.settings.dashboards_folder}/day.lvdash.json")


def test_a_dataset_that_takes_too_long_is_cancelled_and_named(place):
    endless = f"{ENDLESS.replace('count(*)', 'count(*) AS n')} -- {place.settings.schema}"
    slow = board(("ds", "Payments", ROWS), ("slow", "Slow", endless))

    with pytest.raises(AirflowException, match=r"dataset slow: .*longer than 1 s; make its query cheaper"):
        place.run(slow, timeout=1, patience=0.2)

    [entry] = place.workspace.statements(f"-- {place.settings.schema}")
    assert entry["status"] == "CANCELED"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"datasets": [,]}', r"day\.lvdash\.json:1: not JSON"),
        (json.dumps({**GOOD, "datasets": []}), r"day\.lvdash\.json:\d+: .*dataset"),
    ],
)
def test_a_file_with_a_finding_is_refused_before_anything_runs(place, text, message):
    with pytest.raises(AirflowFailException, match=message):
        place.run(text)


def test_an_empty_dataset_is_a_warning_unless_it_may_be_empty(place, caplog):
    place.run(
        board(
            ("calm", "Alerts (may be empty)", f"{ROWS} WHERE decline_count < 0"),
            ("odd", "Odd", f"{ROWS} WHERE decline_count < 0"),
        )
    )

    assert "dataset odd has no rows" in caplog.text
    assert "dataset calm" not in caplog.text


def test_more_rows_than_the_limit_are_cut_with_a_warning(place, caplog, monkeypatch):
    monkeypatch.setattr(DashboardOperator, "row_limit", 2)

    place.run(board(("many", "Many", "SELECT id AS n FROM range(5)")))

    assert "dataset many has more than 2 rows" in caplog.text


def test_an_older_day_than_the_newest_is_skipped_with_the_reason(place, caplog):
    place.workspace.sql(
        "CREATE TABLE gold_activity_hourly AS SELECT DATE'2026-11-02' AS event_date, "
        "TIMESTAMP'2026-11-02 23:59:58' AS last_event_time",
        place.settings.schema,
    )

    assert place.newest(DAY)["day"] == DAY
    assert place.newest(DAY)["as_of"].startswith("2026-11-02T23:59:58")
    with pytest.raises(AirflowSkipException, match="2026-11-01 is older than 2026-11-02"):
        place.newest("2026-11-01")
    assert "there are payments of 2026-11-02" in caplog.text


def test_verify_names_a_dashboard_that_its_readers_cannot_open(place):
    told = place.run(GOOD)
    place.client.lakeview.trash(told["dashboard_id"])

    [line] = absent(place.client, [told])

    assert f"{place.settings.dashboards_folder}/day.lvdash.json is not there for its readers" in line


def test_the_teardown_takes_what_the_records_name_and_leaves_what_people_made(place):
    told = place.run(GOOD)
    place.client.lakeview.create(Dashboard(display_name="mine", parent_path=place.settings.dashboards_folder))

    found = teardown.find(place.client, place.settings)
    for _ in range(2):
        teardown.remove(place.client, place.settings, found.removes)

    assert found.removes["dashboards"] == [told["path"]]
    assert list(found.stays) == [f"{place.settings.dashboards_folder}/mine.lvdash.json"]
    assert place.paths() == ["mine.lvdash.json"]


def test_the_teardown_leaves_no_empty_folder(place):
    place.run(GOOD)

    teardown.remove(place.client, place.settings, teardown.find(place.client, place.settings).removes)

    assert list(place.client.workspace.list(place.settings.workspace_folder)) == []
    assert teardown.find(place.client, place.settings).count() == 0


def test_the_exports_of_a_run_are_copied_into_a_folder(place, tmp_path):
    from include.commands.run import copy_exports

    told = place.run(GOOD)
    place.client.files.upload(f"{place.settings.volume('reports')}/notes.txt", io.BytesIO(b"x"))

    made = copy_exports(place.workspace.airflow_connection, [told["export"]], tmp_path / "reports")

    assert made == tmp_path / "reports" / DAY
    assert [path.name for path in made.iterdir()] == ["day.html"]
    assert copy_exports(place.workspace.airflow_connection, []) is None
