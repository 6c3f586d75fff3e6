"""The provider's operators and its own system test, unchanged, run by Airflow against the workspace."""

import importlib.metadata
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

from include.commands import airflow_env
from tests.local_workspace.runtime.support import studio  # noqa: F401

PACKAGE = "apache-airflow-providers-databricks"
# What the system test imports from Airflow's own test helpers, which are not published.
HELPERS = {
    "watcher.py": "from airflow.sdk import task\n\n\n@task\ndef watcher():\n    print('watched')\n",
    "system_tests.py": "def get_test_run(dag):\n    return None\n",
}


def _run_dag(dag: str, dags: Path, tmp_path: Path, workspace, **environment) -> str:
    """Run a DAG of this folder to its end, in an Airflow home of its own; what it printed."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AIRFLOW_HOME", str(tmp_path / "airflow"))
        env = {
            **airflow_env.environment(workspace.airflow_connection), **environment,
            "AIRFLOW__CORE__DAGS_FOLDER": str(dags), "WAREHOUSE_ID": workspace.warehouse_id,
            "PYTHONPATH": os.pathsep.join([str(dags), str(airflow_env.PROJECT)]),
        }  # fmt: skip
        airflow_env.migrate(env)
    command = [sys.executable, "-m", "airflow", "dags", "test", dag]
    done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, (done.stdout + done.stderr)[-6000:]
    return done.stdout


def test_stock_operators_held_and_deferred(workspace, studio, tmp_path):  # noqa: F811
    path = studio.notebook("print('ran')")

    output = _run_dag("stock_operators", Path(__file__).parent / "dags", tmp_path, workspace, NOTEBOOK=path)

    ended = re.findall(r"\[DAG TEST\] end task task_id=(\S+)", output)
    assert len(ended) == 15
    runs = studio.call("GET", "/api/2.2/jobs/runs/list", limit=25)["runs"]
    mine = [studio.get(run["run_id"]) for run in runs]
    mine = [run for run in mine if path in json.dumps(run)]
    assert [run["state"]["result_state"] for run in mine] == ["SUCCESS"] * 6


@pytest.fixture
def system_tests(tmp_path) -> Path:
    """A DAG folder with the system tests from the provider's source package."""
    version = importlib.metadata.version(PACKAGE)
    fetch = [f"{PACKAGE}=={version}", "--no-binary=:all:", "--no-deps", "--quiet", f"--dest={tmp_path}"]
    subprocess.run([sys.executable, "-m", "pip", "download", *fetch], check=True, timeout=300)
    [source] = tmp_path.glob("*.tar.gz")
    with tarfile.open(source) as archive:
        archive.extractall(tmp_path / "source", filter="data")
    dags = tmp_path / "dags"
    helpers = dags / "tests_common" / "test_utils"
    helpers.mkdir(parents=True)
    for name, text in HELPERS.items():
        (helpers / name).write_text(text)
    [example] = (tmp_path / "source").glob("*/tests/system/databricks/example_databricks_sql_warehouse.py")
    shutil.copy(example, dags)
    return dags


def test_the_providers_own_system_test_passes(workspace, system_tests, tmp_path):
    output = _run_dag("example_databricks_sql_warehouse", system_tests, tmp_path, workspace)

    ended = re.findall(r"\[DAG TEST\] end task task_id=(\S+)", output)
    assert ended == ["start_warehouse", "stop_warehouse", "watcher"]
