"""A real scheduler with its default limits: a backfill that runs backwards beside the nightly run."""

import json

import pytest

from include.payments import names
from tests.conftest import PROJECT, new_workspace
from tests.local_workspace.runtime.support import until
from tests.reliability import scheduler

EVENTS = 150
CATALOG, SCHEMA = "ahs_demos_catalog", "payment_analysis"
VARIABLE = {"events_per_day": EVENTS, "history_days": 0}
DAYS = ["2026-11-01", "2026-11-02", "2026-11-03"]
FINAL = ("success", "failed")


@pytest.fixture(scope="module")
def platform(tmp_path_factory):
    """The DAG in Airflow, paused, and a workspace of its own."""
    folder = tmp_path_factory.mktemp("backfill")
    workspace = new_workspace(folder / "home")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AIRFLOW_VAR_PAYMENT_ANALYSIS", json.dumps(VARIABLE))
        workspace.start()
        running = scheduler.start(workspace, folder / "airflow", PROJECT / "dags")
        try:
            yield running, workspace
        finally:
            scheduler.stop(running)
            workspace.stop()


def test_days_backwards_beside_a_night_end_in_the_same_tables(platform):
    airflow, workspace = platform
    until(lambda: airflow.call("GET", "/api/v2/dags?limit=100")["total_entries"], lambda known: known >= 2, 120)
    body = {
        "dag_id": "payment_analysis", "from_date": f"{DAYS[0]}T00:00:00Z", "to_date": f"{DAYS[-1]}T00:00:00Z",
        "run_backwards": True,
    }  # fmt: skip
    airflow.call("POST", "/api/v2/backfills", body)
    airflow.call("PATCH", "/api/v2/dags/payment_analysis", {"is_paused": False})

    def runs() -> list[dict]:
        return airflow.call("GET", "/api/v2/dags/payment_analysis/dagRuns")["dag_runs"]

    found = until(runs, lambda all_: len(all_) == 4 and all(run["state"] in FINAL for run in all_), 1500, pause=2)
    assert sorted(run["run_type"] for run in found) == ["backfill"] * 3 + ["scheduled"]
    assert {run["dag_run_id"]: run["state"] for run in found if run["state"] != "success"} == {}
    [night] = [run["data_interval_start"][:10] for run in found if run["run_type"] == "scheduled"]

    def by_day(table: str, count: str) -> dict[str, int]:
        rows = workspace.sql(f"SELECT event_date, {count} FROM {table} GROUP BY 1", SCHEMA, CATALOG)
        return {day: int(number) for day, number in rows}

    expected = dict.fromkeys([*DAYS, night], EVENTS)
    assert by_day(names.SILVER_TABLE, "count(*)") == expected
    assert by_day("gold_payments_daily", "sum(transaction_count)") == expected
    assert by_day("gold_entry_daily", "sum(transaction_count)") == expected
