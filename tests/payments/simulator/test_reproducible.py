"""The same input gives the same table: now, in another process, and on another machine."""

import hashlib
import os
import subprocess
import sys
from datetime import date
from pathlib import Path

import pyarrow as pa

from include.payments.simulator import generate, truth
from include.payments.simulator.settings import VERSION

PROJECT = Path(__file__).resolve().parents[3]
# A day with incidents and decoys. Another digest is another world: raise VERSION, and put the new digest here.
DAY, EVENTS, SEED = date(2026, 11, 21), 3000, 42
DIGESTS = {2: "ed4f123450cb4a2219d3b1dfcd2e22f40589015fc11505876af73f5d803e0a6f"}
_PRINT = "from tests.payments.simulator.test_reproducible import digest; print(digest())"


def digest() -> str:
    """Hash of every value of the events and of the truth, whatever the layout of the columns in memory."""
    found = hashlib.sha256()
    for table in (generate(DAY, EVENTS, SEED), truth(DAY, EVENTS, SEED)):
        for name, column in zip(table.column_names, table.columns, strict=True):
            plain = column.cast(pa.int64()) if pa.types.is_timestamp(column.type) else column
            found.update(f"{name} {plain.to_pylist()!r}\n".encode())
    return found.hexdigest()


def test_the_world_is_the_one_that_its_version_names():
    assert digest() == DIGESTS[VERSION]


def test_another_process_makes_the_same_table():
    environment = {**os.environ, "PYTHONHASHSEED": "7", "PYTHONPATH": str(PROJECT)}
    command = [sys.executable, "-c", _PRINT]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.strip() == digest()
