"""What a pipeline remembers between updates: which tables are its own, and what they were built from."""

import json
import os
import re
import threading
from pathlib import Path


class State:
    """One JSON file beside the checkpoints; every change is on disk before the call returns."""

    def __init__(self, folder: Path):
        self.folder = folder
        self._file = folder / "state.json"
        self._lock = threading.RLock()
        self._tables: dict[str, dict] = json.loads(self._file.read_text()) if self._file.exists() else {}

    def get(self, table: str) -> dict | None:
        """What is known of a table, None if it is not the pipeline's own."""
        with self._lock:
            return dict(self._tables[table]) if table in self._tables else None

    def put(self, table: str, **changes) -> None:
        with self._lock:
            self._tables[table] = {**self._tables.get(table, {}), **changes}
            part = self._file.with_suffix(".part")
            with part.open("w") as out:
                json.dump(self._tables, out, indent=1)
                out.flush()
                os.fsync(out.fileno())
            part.replace(self._file)

    def remember(self, table: str, flow: str, built_from: dict | None) -> None:
        """What a flow had read when it was last up to date; None for "cannot be told"."""
        with self._lock:
            self.put(table, flows={**self._tables[table].get("flows", {}), flow: built_from})

    def recall(self, table: str, flow: str) -> dict | None:
        return (self.get(table) or {}).get("flows", {}).get(flow)

    def checkpoint(self, table: str, flow: str) -> Path:
        """The folder of a flow's checkpoint."""
        return self.checkpoints(table) / re.sub(r"[^A-Za-z0-9_.-]", "_", flow)

    def checkpoints(self, table: str) -> Path:
        return self.folder / "checkpoints" / table
