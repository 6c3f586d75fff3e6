"""The bootstrap tables: settings, rules, countries, recommendations, incidents, and rows written from code."""

from __future__ import annotations

import json

from . import gold, seeds
from .sql_files import SQL_FOLDER, read_folder
from .sql_objects import (
    OBJECT_LOG,
    Execute,
    Logged,
    Task,
    add_to_log,
    in_levels,
    out_of_date,
    present,
    read_log,
    run,
    side_by_side,
)

FOLDER = SQL_FOLDER / "bootstrap"

_ROWS = {
    "approval_rules": seeds.approval_rules,
    "countries": seeds.countries,
    "decline_reasons": seeds.decline_reasons,
    "kpi_targets": seeds.kpi_targets,
    "object_dependencies": gold.dependencies,
    "risk_tiers": seeds.risk_tiers,
}


def tasks(catalog: str, schema: str) -> list[Task]:
    """Every bootstrap object, in order, with the values of its seed."""
    found = []
    for file in read_folder(FOLDER):
        if file.name == OBJECT_LOG:
            continue
        values = {"rows": json.dumps(_ROWS[file.name]())} if file.name in _ROWS else {}
        if file.name == "app_config":
            values = {"catalog": catalog, "schema": schema}
        found.append(Task(file, values))
    return found


def bootstrap(execute: Execute, catalog: str, schema: str) -> list[str]:
    """Make the bootstrap objects that are missing or out of date; gives their names. May run again at any time.

    Defaults are added where their key is missing and never overwrite a row; reference rows are replaced by those of
    the code. Both happen only when the table is new or its file or rows changed, so a default that somebody deleted
    stays deleted.
    """
    existing = present(execute)
    due = out_of_date(tasks(catalog, schema), read_log(execute, existing), existing)

    def make(task: Task) -> None:
        for statement in task.file.statements:
            run(execute, statement, task.values)

    for level in in_levels(due):
        side_by_side(make, level)
    add_to_log(execute, [Logged(task.file.name, task.digest) for task in due])
    return [task.file.name for task in due]
