"""The whole DAG as `make run` runs it: from nothing, the same date again, the next day, tampered data, teardown."""

import io
import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from include.databricks_tasks import dashboard_files
from tests.conftest import PROJECT, RunningWorkspace, new_workspace
from tests.local_workspace.runtime.support import until

CATALOG, SCHEMA = "ahs_demos_catalog", "payment_analysis"
REPORTS = f"/Volumes/{CATALOG}/{SCHEMA}/reports"
FIRST, NEXT, LATER = "2026-11-02", "2026-11-03", "2026-11-04"
CONF = {"events_per_day": 400, "history_days": 1}
ONLY_VERIFY = {"steps": []}


@dataclass
class Platform:
    """A workspace and an Airflow home of their own."""

    workspace: RunningWorkspace
    airflow_home: str

    def start(self, date: str, **conf) -> subprocess.Popen:
        return self._start("--date", date, "--conf", json.dumps({**CONF, **conf}))

    def _start(self, *arguments: str) -> subprocess.Popen:
        return subprocess.Popen(
            [sys.executable, "-m", "include.commands.run", *arguments],
            cwd=PROJECT,
            env={**self.workspace.environment, "AIRFLOW_HOME": self.airflow_home},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def run(self, date: str, **conf) -> tuple[int, str]:
        with self.start(date, **conf) as running:
            output, _ = running.communicate(timeout=900)
        connection = self.workspace.home / "connection.json"
        if connection.exists():
            self.workspace.connection = json.loads(connection.read_text())
        return running.returncode, output

    def teardown(self, **conf) -> tuple[int, str]:
        with self._start("--dag", "payment_analysis_teardown", "--conf", json.dumps(conf)) as running:
            output, _ = running.communicate(timeout=300)
        return running.returncode, output

    def sql(self, statement: str) -> list[list]:
        return self.workspace.sql(statement, SCHEMA, CATALOG)

    def counts(self) -> dict[str, str]:
        """Rows of every table."""
        tables = self.workspace.client.tables.list(CATALOG, SCHEMA)
        names = [table.name for table in tables if table.table_type.value not in ("VIEW", "METRIC_VIEW")]
        return dict(self.sql(" UNION ALL ".join(f"SELECT '{name}', count(*) FROM {name}" for name in names)))

    def ids(self) -> dict[str, str]:
        client = self.workspace.client
        pipelines = {p.name: p.pipeline_id for p in client.pipelines.list_pipelines()}
        warehouses = {w.name: w.id for w in client.warehouses.list()}
        tables = {t.full_name: t.table_id for t in client.tables.list(CATALOG, SCHEMA)}
        boards = {d.path: f"{d.dashboard_id} {d.etag}" for d in client.lakeview.list()}
        spaces = {each.title: each.space_id for each in client.genie.list_spaces().spaces}
        return {**pipelines, **warehouses, **tables, **boards, **spaces}


@pytest.fixture(scope="module")
def platform(tmp_path_factory):
    folder = tmp_path_factory.mktemp("end_to_end")
    made = Platform(new_workspace(folder / "home"), str(folder / "airflow"))
    try:
        code, output = made.run(FIRST)
        assert code == 0, output[-5000:]
        yield made
    finally:
        made.workspace.stop()


def test_the_first_run_loads_the_day_and_its_history(platform):
    days = platform.sql("SELECT event_date, count(*) FROM payments_enriched_silver GROUP BY 1 ORDER BY 1")

    assert days == [["2026-11-01", "400"], ["2026-11-02", "400"]]
    assert platform.sql("SELECT sum(transaction_count) FROM gold_payments_daily") == [["800"]]


def test_the_same_date_again_changes_nothing(platform):
    counts, ids = platform.counts(), platform.ids()

    code, output = platform.run(FIRST)

    assert code == 0, output[-5000:]
    assert platform.counts() == counts
    assert platform.ids() == ids
    assert "gold: nothing changed in silver" in output


def test_every_dashboard_is_published_and_exported_and_the_genie_space_answers(platform):
    client = platform.workspace.client
    boards = list(client.lakeview.list())
    assert len(boards) == len(dashboard_files.files())
    assert {client.lakeview.get_published(each.dashboard_id).display_name for each in boards} == {
        each.display_name for each in boards
    }
    exports = {item.name for item in client.files.list_directory_contents(f"{REPORTS}/{FIRST}")} if boards else set()
    assert exports == {f"{Path(file).name.removesuffix('.lvdash.json')}.html" for file in dashboard_files.files()}

    [space] = client.genie.list_spaces().spaces
    message = client.genie.start_conversation_and_wait(
        space.space_id, "What are the headline figures over all payments?"
    )
    rows = client.genie.get_message_attachment_query_result(
        space.space_id, message.conversation_id, message.message_id, message.attachments[0].attachment_id
    )
    assert rows.statement_response.result.data_array[0][0] == "800"


def test_one_wrong_gold_sum_turns_verify_red(platform):
    platform.sql("UPDATE gold_risk_daily SET total_value_usd = total_value_usd + 1 WHERE event_date = DATE'2026-11-02'")

    code, output = platform.run(FIRST, **ONLY_VERIFY)

    platform.sql("UPDATE gold_risk_daily SET total_value_usd = total_value_usd - 1 WHERE event_date = DATE'2026-11-02'")
    assert code == 1
    assert "gold_risk_daily agrees with silver" in output


def test_no_night_replays_the_changes_of_nights_before(platform):
    states = [folder for folder in platform.workspace.home.rglob("state/[0-9]*/[0-9]*") if folder.is_dir()]
    assert states
    until(lambda: [state for state in states if not list(state.glob("*.zip"))], lambda without: not without, 120)


def test_the_next_day_adds_that_day_only(platform):
    before = platform.sql("SELECT * EXCEPT (merchants_sketch) FROM gold_payments_daily ORDER BY ALL")

    code, output = platform.run(NEXT)

    assert code == 0, output[-5000:]
    assert "gold rebuilt for 1 dates, 2026-11-03 to 2026-11-03" in output
    kept = "event_date < DATE'2026-11-03'"
    after = platform.sql(f"SELECT * EXCEPT (merchants_sketch) FROM gold_payments_daily WHERE {kept} ORDER BY ALL")
    assert after == before
    assert platform.sql("SELECT count(*) FROM payments_enriched_silver WHERE event_date = '2026-11-03'") == [["400"]]


def test_a_run_of_an_older_day_leaves_dashboards_and_genie_alone(platform):
    ids = platform.ids()

    code, output = platform.run(FIRST, steps=["step_4_deploy_dashboards", "step_7_genie_sync"])

    assert code == 0, output[-5000:]
    assert f"skipped: this run is for {FIRST}, and there are payments of {NEXT}" in output
    assert platform.ids() == ids


def test_one_deleted_silver_row_turns_verify_red(platform):
    [[gone]] = platform.sql("SELECT min(transaction_id) FROM payments_enriched_silver WHERE event_date = '2026-11-03'")
    platform.sql(f"DELETE FROM payments_enriched_silver WHERE transaction_id = '{gone}'")

    code, output = platform.run(NEXT, **ONLY_VERIFY)

    assert code == 1
    assert "every usable record of bronze is in silver: 1 wrong" in output


def test_an_interrupted_run_cancels_its_remote_work(platform):
    jobs = platform.workspace.client.jobs
    minutes_of_work = {"events_per_day": 1_000_000, "history_days": 60}
    with platform.start(LATER, **minutes_of_work, steps=["step_2_simulate_transaction_events"]) as running:
        [run] = until(lambda: list(jobs.list_runs(active_only=True)), bool, 120)
        until(lambda: jobs.get_run(run.run_id).state.life_cycle_state.value, lambda life: life == "RUNNING", 60)
        running.terminate()
        output, _ = running.communicate(timeout=60)

    assert running.returncode == 130
    assert "what the task did remotely was cancelled" in output
    ended = until(lambda: jobs.get_run(run.run_id).state.result_state, bool, 30)
    assert ended.value == "CANCELED"


def test_the_token_is_in_no_log_and_no_xcom(platform):
    token = platform.workspace.token
    found = [
        path
        for root in (
            platform.airflow_home,
            str(platform.workspace.home / "logs"),
            str(platform.workspace.home / "runs"),
        )
        for folder, _, names in os.walk(root)
        for path in (os.path.join(folder, name) for name in names)
        if token.encode() in open(path, "rb").read()
    ]

    assert found == []


def test_a_teardown_without_the_second_yes_lists_everything_and_changes_nothing(platform):
    counts, ids = platform.counts(), platform.ids()

    code, output = platform.teardown()

    assert code == 0, output[-5000:]
    assert f"nothing was removed. To remove what is listed above, trigger this again with confirm={CATALOG}" in output
    for name in ("payment_analysis_etl", "payments_enriched_silver", "v_approval_kpis", "object_log", "approval_rules"):
        assert name in output
    assert platform.counts() == counts
    assert platform.ids() == ids


def test_a_teardown_leaves_what_others_made_and_the_landed_files(platform):
    platform.sql("CREATE TABLE of_somebody_else AS SELECT 1 AS n")
    platform.sql("CREATE VIEW v_of_somebody_else AS SELECT * FROM of_somebody_else")
    client, raw = platform.workspace.client, f"/Volumes/{CATALOG}/{SCHEMA}/raw_data"
    client.files.upload(f"{raw}/inbox/mine.jsonl", io.BytesIO(b"{}"))

    code, output = platform.teardown(confirm=f"{CATALOG}.{SCHEMA}")

    assert code == 0, output[-5000:]
    assert {table.name for table in client.tables.list(CATALOG, SCHEMA)} == {"of_somebody_else", "v_of_somebody_else"}
    assert {volume.name for volume in client.volumes.list(CATALOG, SCHEMA)} == {"raw_data", "simulator_truth"}
    assert client.files.get_metadata(f"{raw}/manifests/{FIRST}.json").content_length
    assert platform.sql("SELECT n FROM v_of_somebody_else") == [["1"]]
    assert list(client.pipelines.list_pipelines()) == []
    assert [warehouse.name for warehouse in client.warehouses.list()] == ["Serverless Starter Warehouse"]
    assert client.api_client.do("GET", "/api/2.0/postgres/projects").get("projects", []) == []
    assert list(client.workspace.list("/Shared/payment-analysis")) == []
    assert list(client.lakeview.list()) == []
    assert not client.genie.list_spaces().spaces


def test_a_teardown_ends_with_the_schema_once_nothing_of_others_is_in_it(platform):
    platform.sql("DROP VIEW v_of_somebody_else")
    platform.sql("DROP TABLE of_somebody_else")
    client = platform.workspace.client
    client.files.delete(f"/Volumes/{CATALOG}/{SCHEMA}/raw_data/inbox/mine.jsonl")

    code, output = platform.teardown(confirm=f"{CATALOG}.{SCHEMA}", keep_landing_files=False)

    assert code == 0, output[-5000:]
    assert SCHEMA not in {schema.name for schema in client.schemas.list(CATALOG)}
    assert client.catalogs.get(CATALOG).name == CATALOG
    assert "there is nothing to remove" in platform.teardown(confirm=f"{CATALOG}.{SCHEMA}")[1]
