"""Starting and stopping a workspace: ports, a second one in the folder, restart after kill -9, nothing left behind."""

import json
import os
import signal
import socket
import stat
import subprocess
import sys
import time

import psutil
import pytest

from tests.conftest import ENDLESS, PROJECT, new_workspace


@pytest.fixture
def own(tmp_path):
    made = new_workspace(tmp_path / "home")
    yield made
    made.stop()


def _serve(own, **more):
    return subprocess.run(
        [sys.executable, "-m", "include.local_workspace", "serve"],
        cwd=PROJECT, env={**own.environment, **more}, capture_output=True, text=True, timeout=60,
    )  # fmt: skip


def _pids(own) -> dict[str, int]:
    return {
        json.loads(file.read_text()).get("name", file.name.split(".")[0]): json.loads(file.read_text())["pid"]
        for file in (own.home / "pids").glob("*.json")
    }


def test_a_taken_port_is_named_with_what_to_do(own):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        done = _serve(own, LOCAL_WORKSPACE_PORT=port)

    assert done.returncode == 1
    assert f"Port {port} (LOCAL_WORKSPACE_PORT) is taken" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_port_that_is_no_port_is_refused(own):
    assert "LOCAL_WORKSPACE_PORT=http is not a port" in _serve(own, LOCAL_WORKSPACE_PORT="http").stderr


def test_kill_9_loses_nothing_and_leaves_no_orphan(own):
    own.start()
    own.sql("CREATE CATALOG kept")
    own.sql("CREATE SCHEMA kept.s")
    own.sql("CREATE TABLE kept.s.t AS SELECT 1 AS n")
    running = own.client.statement_execution.execute_statement(ENDLESS, own.warehouse_id, wait_timeout="0s")
    before, pids = dict(own.connection), _pids(own)
    assert stat.S_IMODE((own.home / "connection.json").stat().st_mode) == 0o600
    assert "already runs" in _serve(own).stderr

    os.kill(pids["workspace"], signal.SIGKILL)
    psutil.wait_procs([psutil.Process(pids["workspace"])] if psutil.pid_exists(pids["workspace"]) else [], timeout=10)
    own.start()

    assert own.connection == before
    assert own.sql("SELECT n FROM kept.s.t") == [["1"]]
    status = own.client.statement_execution.get_statement(running.statement_id).status
    assert status.state.value == "FAILED"
    assert "stopped while this statement ran" in status.error.message
    assert not psutil.pid_exists(pids["spark"]) or pids["spark"] in _pids(own).values()

    every = [psutil.Process(pid) for pid in _pids(own).values()]
    family = [*every, *(child for process in every for child in process.children(recursive=True))]
    own.stop()
    _, alive = psutil.wait_procs(family, timeout=10)
    assert alive == []


def test_an_engine_that_is_killed_comes_back(own):
    own.start()
    os.kill(_pids(own)["spark"], signal.SIGKILL)

    end, state = time.monotonic() + 120, None
    while state != "SUCCEEDED" and time.monotonic() < end:
        answer = own.client.statement_execution.execute_statement("SELECT 1", own.warehouse_id, wait_timeout="50s")
        state = answer.status.state.value

    assert state == "SUCCEEDED"
