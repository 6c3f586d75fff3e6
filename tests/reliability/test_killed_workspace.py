"""kill -9 of the workspace in the middle of every step of one run, and of Spark alone: the retries finish it."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from include.local_workspace.engines import process
from tests.conftest import PROJECT, RunningWorkspace, new_workspace
from tests.local_workspace.runtime.support import until

DATE = "2026-11-02"
CONF = {"events_per_day": 300, "history_days": 1}
CATALOG, SCHEMA = "ahs_demos_catalog", "payment_analysis"


def _runs(own: RunningWorkspace) -> bool:
    return any(run.state.life_cycle_state.value == "RUNNING" for run in own.client.jobs.list_runs(active_only=True))


def _updates(own: RunningWorkspace) -> bool:
    newest = [updates[0] for p in own.client.pipelines.list_pipelines() if (updates := p.latest_updates)]
    return any(update.state.value == "RUNNING" for update in newest)


EVERYTHING = ("workspace", "spark")  # as when a machine loses power
SPARK = ("spark",)
# A task of each step, what is seen when it is in the middle (so many statements since it began, or live work), and
# which processes are killed then.
MOMENTS = {
    "step_1_create_data_repositories.bootstrap_tables": (10, EVERYTHING),
    "step_2_simulate_transaction_events.simulate_transaction_events": (_runs, EVERYTHING),
    "run_etl_pipeline.update_etl_pipeline": (_updates, EVERYTHING),
    "step_3_initialize_ingestion.gold_tables": (6, EVERYTHING),
    "step_3_initialize_ingestion.gold_views": (10, SPARK),
    "step_7_genie_sync.genie_space": (6, EVERYTHING),
}


@pytest.fixture
def own(tmp_path):
    made = new_workspace(tmp_path / "home")
    yield made
    made.stop()


def _kill(own: RunningWorkspace, victims: tuple[str, ...]) -> None:
    running = [entry for entry in process.recorded(own.home / "pids") if entry["name"] in victims]
    assert len(running) == len(victims)
    processes = [psutil.Process(entry["pid"]) for entry in running]
    for one in processes:
        one.kill()
    psutil.wait_procs(processes, timeout=10)


def _in_the_middle(own: RunningWorkspace, airflow: Path, task: str, seen: int | Callable) -> None:
    def begun() -> bool:
        logs = "".join(log.read_text() for log in (airflow / "logs").glob("run-*.log"))
        return f"starting task_id={task} " in logs

    until(begun, bool, 300)
    own.connection = json.loads((own.home / "connection.json").read_text())
    if callable(seen):
        until(lambda: seen(own), bool, 120)
    else:
        before = len(own.statements())
        until(lambda: len(own.statements()), lambda count: count >= before + seen, 120)


def test_every_step_survives_kill_9_of_the_workspace(own, tmp_path):
    airflow, output = tmp_path / "airflow", tmp_path / "output"
    command = [sys.executable, "-m", "include.commands.run", "--date", DATE, "--conf", json.dumps(CONF)]
    with output.open("w") as sink:
        running = subprocess.Popen(
            command, cwd=PROJECT, env={**own.environment, "AIRFLOW_HOME": str(airflow)}, stdout=sink, stderr=sink
        )
    try:
        for task, (seen, victims) in MOMENTS.items():
            _in_the_middle(own, airflow, task, seen)
            _kill(own, victims)
            if "workspace" in victims:
                own.start()
        code = running.wait(600)
    finally:
        running.terminate()
        running.wait()

    assert code == 0, output.read_text()[-5000:]
    assert len(own.client.genie.list_spaces().spaces) == 1
    counted = own.sql(
        "SELECT event_date, count(*) FROM payments_enriched_silver GROUP BY 1 ORDER BY 1", SCHEMA, CATALOG
    )
    assert counted == [["2026-11-01", "300"], ["2026-11-02", "300"]]
    assert own.sql("SELECT sum(transaction_count) FROM gold_payments_daily", SCHEMA, CATALOG) == [["600"]]
