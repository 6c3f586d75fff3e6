"""Where the local workspace keeps things on disk."""

import os
from dataclasses import dataclass
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Home:
    """The folder of one local workspace; every attribute is a path below it.

    `root` is `.workspace` in the project unless LOCAL_WORKSPACE_HOME names another folder.
    """

    root: Path

    @classmethod
    def default(cls) -> "Home":
        return cls(Path(os.environ.get("LOCAL_WORKSPACE_HOME") or PROJECT / ".workspace").resolve())

    @property
    def connection(self) -> Path:
        """host, token, warehouse_id and lakebase_port as JSON; readable by its owner only."""
        return self.root / "connection.json"

    @property
    def state(self) -> Path:
        return self.root / "state.db"

    @property
    def files(self) -> Path:
        """The tree that the workspace API calls `/`: notebooks, files, dashboards."""
        return self.root / "files"

    @property
    def volumes(self) -> Path:
        """The tree behind `/Volumes`."""
        return self.root / "volumes"

    @property
    def results(self) -> Path:
        """Rows of finished SQL statements, one Arrow file each."""
        return self.root / "results"

    @property
    def runs(self) -> Path:
        """Output and event files of notebook and pipeline processes."""
        return self.root / "runs"

    @property
    def pipelines(self) -> Path:
        """Checkpoints of pipelines."""
        return self.root / "pipelines"

    @property
    def logs(self) -> Path:
        return self.root / "logs"

    @property
    def pids(self) -> Path:
        """One file for each process that must not outlive the workspace."""
        return self.root / "pids"

    @property
    def cache(self) -> Path:
        """What is expensive to make and the same for every workspace: jars and compiled classes."""
        return Path(os.environ.get("LOCAL_WORKSPACE_CACHE") or PROJECT / ".workspace" / "cache").resolve()

    def create(self) -> None:
        """Make the folders; only their owner may enter."""
        self.root.mkdir(parents=True, exist_ok=True, mode=0o700)
        for folder in (self.files, self.volumes, self.results, self.runs, self.pipelines, self.logs, self.pids):
            folder.mkdir(exist_ok=True)
