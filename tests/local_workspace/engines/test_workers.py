"""Run processes: what they see, and that none outlives the workspace. No Spark."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from include.local_workspace.context import Workspace
from include.local_workspace.engines import process
from include.local_workspace.engines.workers import WorkerDied, Workers
from include.local_workspace.paths import PROJECT, Home


@pytest.fixture
def workers(tmp_path):
    workspace = Workspace(Home(tmp_path / "home"), "http://127.0.0.1:1", "token", {})
    workers = Workers(workspace)
    yield workers
    workers.stop()
    workspace.store.close()


def _job(folder: Path) -> dict:
    folder.mkdir(parents=True, exist_ok=True)
    environment = {"WORKSPACE_FILES_ROOT": str(folder), "VOLUMES_ROOT": str(folder)}
    return {
        "kind": "python", "path": "/main.py", "arguments": ["x"], "folder": str(folder), "log": str(folder / "log"),
        "environment": environment, "run_id": 1,
    }  # fmt: skip


def _run(workers: Workers, folder: Path, code: str, on_event=lambda event: None) -> dict:
    job = _job(folder)
    (folder / "main.py").write_text(code)
    worker = workers.take()
    try:
        return worker.run(job, "", on_event)
    finally:
        workers.done(worker)


def test_a_python_file_runs_alone_with_its_log(workers, tmp_path, monkeypatch):
    monkeypatch.setenv("AIRFLOW__CORE__FERNET_KEY", "secret")
    code = (
        "import os, sys\nprint('out', sys.argv[1:], os.getcwd())\nprint('err', file=sys.stderr)\n"
        f"assert {str(PROJECT)!r} not in sys.path and not any('secret' in value for value in os.environ.values())\n"
    )
    assert _run(workers, tmp_path / "run", code)["event"] == "finished"
    assert (tmp_path / "run/log").read_text().splitlines() == [f"out ['x'] {tmp_path / 'run'}", "err"]


def test_a_process_is_used_once_and_the_next_is_made_afterwards(workers, tmp_path):
    pids = []
    for number in range(2):
        _run(workers, tmp_path / str(number), "import os\nprint(os.getpid())")
        pids.append((tmp_path / f"{number}/log").read_text())
    assert pids[0] != pids[1]
    names = [entry["name"] for entry in process.recorded(workers._ws.home.pids)]
    assert names == ["run"], "one waits, none is left"


def test_a_process_that_dies_is_an_error_with_its_cause(workers, tmp_path):
    with pytest.raises(WorkerDied, match="exit code 9"):
        _run(workers, tmp_path / "exit", "import os\nos._exit(9)")
    with pytest.raises(WorkerDied, match="SIGKILL"):
        _run(workers, tmp_path / "kill", "import os\nos.kill(os.getpid(), 9)")


def test_sys_exit_is_success_only_for_zero(workers, tmp_path):
    assert _run(workers, tmp_path / "a", "import sys\nsys.exit(0)")["event"] == "finished"
    assert _run(workers, tmp_path / "b", "import sys\nsys.exit('no')")["error"] == "SystemExit: no"


def test_nothing_outlives_a_killed_workspace(tmp_path):
    """A parent with a busy and a waiting process is killed with -9; both end by themselves."""
    code = (
        "import json, sys, threading\nfrom pathlib import Path\n"
        "from include.local_workspace.engines.workers import Worker\n"
        "folder = Path(sys.argv[1])\n"
        "busy, idle = Worker(folder, folder), Worker(folder, folder)\n"
        "job = json.loads(sys.argv[2])\n"
        "threading.Thread(target=busy.run, args=(job, '', print), daemon=True).start()\n"
        "print(busy._process.pid, idle._process.pid, flush=True)\nthreading.Event().wait()\n"
    )
    job = _job(tmp_path / "run")
    (tmp_path / "run/main.py").write_text("import time\nprint('busy', flush=True)\ntime.sleep(600)")
    parent = subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path), json.dumps(job)], cwd=PROJECT, stdout=subprocess.PIPE, text=True
    )
    pids = [int(pid) for pid in parent.stdout.readline().split()]
    log = tmp_path / "run/log"
    assert process.wait_until(lambda: log.exists() and "busy" in log.read_text(), 60)
    os.kill(parent.pid, signal.SIGKILL)
    parent.wait()
    assert process.wait_until(lambda: not any(_runs(pid) for pid in pids), 20)


def _runs(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
