"""Objects of the schema made from SQL files: what is missing or out of date is made, the rest is left alone.

`object_log` keeps the digest of the file that each object was made from, so a run that finds everything in place costs
two small queries instead of a statement for each object.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date, datetime
from typing import TypeVar

from .sql_files import SQL_FOLDER, SqlFile, SqlFileError, Statement, read_file

Item, Result = TypeVar("Item"), TypeVar("Result")
Value = str | int | float | date | datetime | None
Execute = Callable[[str, Mapping[str, Value]], Sequence[Sequence]]
"""Runs one statement with its named parameters in the product's catalog and schema; gives the rows."""

OBJECT_LOG = "object_log"
AT_A_TIME = 2
"""Statements that a program sends side by side. Four took longer than two on two cores (2026-11-23)."""
_LOGGED = """
SELECT
  object_name,
  max_by(definition_hash, logged_at) AS definition_hash,
  CAST(max_by(struct(processed_through), logged_at).processed_through AS STRING) AS processed_through
FROM object_log
GROUP BY object_name
"""
_ADD_TO_LOG = """
INSERT INTO object_log
SELECT
  made.object_name,
  made.definition_hash,
  CAST(made.processed_through AS TIMESTAMP) AS processed_through,
  current_timestamp() AS logged_at
FROM (
  SELECT explode(from_json(
    :rows, 'ARRAY<STRUCT<object_name: STRING, definition_hash: STRING, processed_through: STRING>>'
  )) AS made
)
"""


@dataclass(frozen=True)
class Logged:
    """The newest row of `object_log` for one object; `processed_through` is a timestamp as text, or None."""

    object_name: str
    definition_hash: str
    processed_through: str | None = None


@dataclass(frozen=True)
class Task:
    """One file with the values that its statements need."""

    file: SqlFile
    values: Mapping[str, Value]

    @property
    def digest(self) -> str:
        """Changes when the statements or the values do."""
        values = json.dumps(dict(self.values), sort_keys=True, default=str)
        return hashlib.sha256(f"{self.file.digest}{values}".encode()).hexdigest()


def read_log(execute: Execute, existing: set[str]) -> dict[str, Logged]:
    """What was made so far, by name; makes the log if it is not among the existing tables."""
    if OBJECT_LOG not in existing:
        log = read_file(SQL_FOLDER / "bootstrap" / f"{OBJECT_LOG}.sql")
        run(execute, log.statements[0], {})
        return {}
    return {row[0]: Logged(*row) for row in execute(_LOGGED, {})}


def present(execute: Execute) -> set[str]:
    """Names of the tables and views of the schema."""
    return {row[1] for row in execute("SHOW TABLES", {})}


def add_to_log(execute: Execute, made: Iterable[Logged]) -> None:
    """One row for each; the newest counts."""
    rows = [vars(entry) for entry in made]
    if rows:
        execute(_ADD_TO_LOG, {"rows": json.dumps(rows)})


def out_of_date(tasks: Iterable[Task], logged: Mapping[str, Logged], existing: set[str]) -> list[Task]:
    """The tasks whose object is missing or was made from another definition."""
    return [
        task
        for task in tasks
        if task.file.name not in existing
        or task.file.name not in logged
        or logged[task.file.name].definition_hash != task.digest
    ]


def run(execute: Execute, statement: Statement, values: Mapping[str, Value]) -> Sequence[Sequence]:
    """One statement of a file, with those of the values that it names.

    Raises SqlFileError naming file and line when a value is missing or the engine refuses the statement.
    """
    missing = statement.parameters - values.keys()
    if missing:
        raise SqlFileError(f"{statement.place}: no value for the parameter {sorted(missing)}")
    try:
        return execute(statement.sql, {name: values[name] for name in statement.parameters})
    except Exception as error:
        raise SqlFileError(f"{statement.place}: {error}") from error


def in_levels(tasks: Sequence[Task]) -> list[list[Task]]:
    """Groups of tasks; those of a group do not read each other and may run side by side."""
    levels: list[list[Task]] = []
    level_of: dict[str, int] = {}
    for task in tasks:
        level = 1 + max((level_of[name] for name in task.file.reads if name in level_of), default=-1)
        level_of[task.file.name] = level
        levels.extend([] for _ in range(level + 1 - len(levels)))
        levels[level].append(task)
    return levels


def side_by_side(work: Callable[[Item], Result], items: Iterable[Item]) -> list[Result]:
    """The results of the work for each item, some at a time; the first error is raised once the running ones ended."""
    with ThreadPoolExecutor(AT_A_TIME) as pool:
        try:
            return [future.result() for future in [pool.submit(work, item) for item in items]]
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise
