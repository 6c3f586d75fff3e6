"""SQL files: they parse, name no catalog or schema, and can be put in order."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from include.payments.sql_files import SqlFileError, read_file, read_folder

FOLDERS = {"sql/bootstrap": "databricks", "sql/gold/tables": "databricks", "sql/gold/views": "databricks",
           "sql/lakebase": "postgres"}  # fmt: skip


def findings(root: Path) -> Iterator[str]:
    """What is wrong with the SQL files below `root`/sql."""
    for name, dialect in FOLDERS.items():
        folder, broken = root / name, False
        for path in sorted(folder.glob("*.sql")):
            try:
                read_file(path, dialect)
            except SqlFileError as error:
                broken = True
                message = str(error)
                yield message if message.startswith(name) else f"{name}/{message}"
        if not broken:
            try:
                read_folder(folder, dialect)
            except SqlFileError as error:
                yield str(error)
