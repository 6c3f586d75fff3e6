"""Airflow as `make ui` runs it, in a home of its own: scheduler with LocalExecutor, triggerer, processor and API."""

import json
import secrets
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest

from include.commands import airflow_env, ui
from include.local_workspace.serve import free_port
from tests.conftest import RunningWorkspace
from tests.local_workspace.runtime.support import until

QUICK = {
    "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT": "10",
    "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT_DETECTION_INTERVAL": "2",
    "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_SEC": "2",
    "AIRFLOW__DAG_PROCESSOR__REFRESH_INTERVAL": "5",
}


@dataclass
class Airflow:
    """Its components by name, and its REST API."""

    url: str
    running: dict
    token: str = ""

    def call(self, method: str, path: str, body: dict | None = None) -> dict:
        headers = {"Content-Type": "application/json", "Authorization": f"Bearer {self.token}"}
        data = json.dumps(body).encode() if body is not None else None
        request = urllib.request.Request(self.url + path, data, headers, method=method)
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.loads(answer.read() or b"null")

    def trigger(self, dag: str, conf: dict) -> str:
        """Start a DAG run as soon as the DAG is known; its path in the API."""
        known = lambda: [d["dag_id"] for d in self.call("GET", "/api/v2/dags?limit=100")["dags"]]  # noqa: E731
        until(known, lambda ids: dag in ids, 120)
        body = {"logical_date": None, "conf": conf}
        run_id = self.call("POST", f"/api/v2/dags/{dag}/dagRuns", body)["dag_run_id"]
        return f"/api/v2/dags/{dag}/dagRuns/{run_id}"

    def task(self, run: str, task: str) -> dict:
        return self.call("GET", f"{run}/taskInstances/{task}")

    def log(self, run: str, task: str) -> str:
        """What the first try of a task has logged so far, its trigger included; empty before it began."""
        try:
            return json.dumps(self.call("GET", f"{run}/taskInstances/{task}/logs/1"))
        except urllib.error.HTTPError as missing:
            if missing.code != 404:
                raise
            return ""

    def kill_worker(self, run: str, task: str) -> None:
        """kill -9 for the worker that holds this task, with everything that it started."""
        scheduler = psutil.Process(self.running["scheduler"].pid)
        held = self.task(run, task)["id"]

        def workers() -> list[psutil.Process]:
            return [p for p in scheduler.children(recursive=True) if _holds(p, held)]

        [worker, *_] = until(workers, bool, 20, pause=0.02)
        for process in [worker, *worker.children(recursive=True)]:
            process.kill()


def _holds(process: psutil.Process, task_instance: str) -> bool:
    try:
        title = " ".join(process.cmdline())
    except (psutil.NoSuchProcess, psutil.ZombieProcess):
        return False
    return "LocalExecutor" in title and task_instance in title


def start(workspace: RunningWorkspace, home: Path, dags: Path) -> Airflow:
    """Start every component and log in. End it with `stop`."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AIRFLOW_HOME", str(home))
        port, password = free_port(), secrets.token_hex(8)
        home.mkdir(parents=True, exist_ok=True)
        environment = ui.component_environment(workspace.airflow_connection, port, password)
        environment |= {**QUICK, "AIRFLOW__CORE__DAGS_FOLDER": str(dags)}
        airflow_env.migrate(environment)
        running = {name: ui.start_component(name, environment) for name in ui.COMPONENTS}
    airflow = Airflow(f"http://127.0.0.1:{port}", running)

    def login() -> str:
        try:
            return airflow.call("POST", "/auth/token", {"username": ui.USER, "password": password})["access_token"]
        except OSError:
            return ""

    airflow.token = until(login, bool, 120)
    return airflow


def stop(airflow: Airflow) -> None:
    """End every component; none of the processes that they started may be left."""
    components = [psutil.Process(process.pid) for process in airflow.running.values()]
    family = [*components, *(child for one in components for child in one.children(recursive=True))]
    ui.stop(list(airflow.running.values()))
    _, alive = psutil.wait_procs(family, timeout=10)
    assert alive == []
