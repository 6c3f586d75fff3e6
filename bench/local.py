"""A local workspace and an Airflow home of their own for a benchmark."""

import os
import subprocess
import sys
from pathlib import Path

from include.commands import airflow_env
from include.local_workspace.engines import process
from include.local_workspace.paths import Home


class Local:
    """Sets the environment to its own folders while it is open; stops the workspace at the end."""

    def __init__(self, folder: Path):
        self._changed = {
            "LOCAL_WORKSPACE_CACHE": str(Home.default().cache),
            "LOCAL_WORKSPACE_HOME": str(folder / "workspace"),
            "AIRFLOW_HOME": str(folder / "airflow"),
        }
        self._before = {name: os.environ.get(name) for name in self._changed}

    def __enter__(self) -> "Local":
        os.environ.update(self._changed)
        return self

    def __exit__(self, *_) -> None:
        self.stop()
        for name, value in self._before.items():
            if value is None:
                os.environ.pop(name)
            else:
                os.environ[name] = value

    def start(self) -> None:
        self._command("start")

    def stop(self) -> None:
        self._command("stop")

    def memory(self) -> dict[str, float]:
        """Resident MB of each of the workspace's processes with its children."""
        home = Home.default()
        home.create()
        totals: dict[str, float] = {}
        for entry in process.recorded(home.pids):
            totals[entry["name"]] = totals.get(entry["name"], 0) + entry["rss"] / 2**20
        return totals

    def _command(self, name: str) -> None:
        subprocess.run(
            [sys.executable, "-m", "include.local_workspace", name],
            cwd=airflow_env.PROJECT, check=True, stdout=subprocess.DEVNULL, timeout=200,
        )  # fmt: skip


def spark_pid() -> int:
    """The process of the Spark server of the workspace that is running."""
    [spark] = [entry for entry in process.recorded(Home.default().pids) if entry["name"] == "spark"]
    return spark["pid"]
