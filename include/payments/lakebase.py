"""The Lakebase tables: made from `sql/lakebase` and seeded with defaults; what people edited or deleted stays so."""

from __future__ import annotations

import json
import re
from typing import Any

from . import seeds
from .sql_files import SQL_FOLDER, SqlFileError, Statement, read_folder
from .sql_objects import Task

FOLDER = SQL_FOLDER / "lakebase"
VERSIONS = "schema_version"

_SCHEMA = re.compile(r"[a-z_][a-z0-9_]{0,62}")
_ROWS = {
    "approval_rules": seeds.approval_rules,
    "countries": seeds.countries,
    "decisionconfig": seeds.decisionconfig,
    "retryabledeclinecode": seeds.retryabledeclinecode,
    "routeperformance": seeds.routeperformance,
}


def tasks(catalog: str, lakehouse_schema: str, warehouse_id: str) -> list[Task]:
    """The tables, each after those that it refers to, with the values of its defaults."""
    settings = {
        "catalog": catalog,
        "schema": lakehouse_schema,
        "warehouse_id": warehouse_id,
        "default_events_per_second": str(seeds.DEFAULT_EVENTS_PER_SECOND),
        "default_duration_minutes": str(seeds.DEFAULT_DURATION_MINUTES),
    }
    values = {table: {"rows": json.dumps(rows())} for table, rows in _ROWS.items()}
    values["app_config"] = {"catalog": catalog, "schema": lakehouse_schema}
    values["app_settings"] = {"rows": json.dumps([{"key": key, "value": text} for key, text in settings.items()])}
    return [Task(file, values.get(file.name, {})) for file in read_folder(FOLDER, "postgres")]


def create_tables(connection: Any, schema: str, due: list[Task]) -> list[str]:
    """Make and seed in `schema` those of the tables that are missing or whose file changed; gives their names.

    `connection` is psycopg's. One transaction, behind a lock: runs side by side wait for each other, and a refused
    statement leaves everything as it was. Raises SqlFileError naming file and line then.
    """
    check_schema(schema)
    made = []
    with connection.transaction():
        lock(connection, schema)
        connection.execute(f'CREATE SCHEMA IF NOT EXISTS "{schema}"')
        connection.execute("SELECT set_config('search_path', %s, true)", (schema,))
        versions = _versions(connection, schema)
        for task in due:
            name = task.file.name
            if versions.get(name) == task.digest and exists(connection, schema, name):
                continue
            for statement in task.file.statements:
                _run(connection, statement, task)
            made.append(task)
        for task in made:
            connection.execute(
                "INSERT INTO schema_version (table_name, digest) VALUES (%s, %s)"
                " ON CONFLICT (table_name) DO UPDATE SET digest = excluded.digest, applied_at = now()",
                (task.file.name, task.digest),
            )
    return [task.file.name for task in made]


def check_schema(schema: str) -> None:
    """Raises SqlFileError for a name that would need quoting."""
    if not _SCHEMA.fullmatch(schema):
        raise SqlFileError(f"{FOLDER}: {schema[:80]!r} is no PostgreSQL schema name; use a-z, 0-9 and _, 63 at most")


def lock(connection: Any, schema: str) -> None:
    """Until the transaction ends, nobody else makes or drops our tables in this schema."""
    connection.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", (f"payment_analysis:{schema}",))


def exists(connection: Any, schema: str, table: str) -> bool:
    return connection.execute("SELECT to_regclass(%s) IS NOT NULL", (f'"{schema}"."{table}"',)).fetchone()[0]


def _versions(connection: Any, schema: str) -> dict[str, str]:
    if not exists(connection, schema, VERSIONS):
        return {}
    return dict(connection.execute(f"SELECT table_name, digest FROM {VERSIONS}").fetchall())  # noqa: S608 - a constant


def _run(connection: Any, statement: Statement, task: Task) -> None:
    bound = {name: task.values[name] for name in statement.parameters}
    try:
        connection.execute(statement.sql, bound or None)
    except Exception as error:
        raise SqlFileError(f"{statement.place}: {error}") from error
