"""Taking the Lakebase tables away again: those that `schema_version` records, and their schema once it is empty."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from .lakebase import VERSIONS, check_schema, exists, lock

# Parts of a table (deptype a, i) and of an extension (e) are nobody's own objects.
_RELATIONS = """
SELECT n.nspname, c.relname
FROM pg_class AS c
INNER JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE
  c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S')
  AND n.nspname !~ '^pg_'
  AND n.nspname <> 'information_schema'
  AND NOT EXISTS (
    SELECT FROM pg_depend AS d
    WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype IN ('a', 'e', 'i')
  )
ORDER BY 1, 2
"""
_FUNCTIONS = """
SELECT n.nspname, p.proname || '()'
FROM pg_proc AS p
INNER JOIN pg_namespace AS n ON n.oid = p.pronamespace
WHERE
  n.nspname !~ '^pg_'
  AND n.nspname <> 'information_schema'
  AND NOT EXISTS (
    SELECT FROM pg_depend AS d
    WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e'
  )
ORDER BY 1, 2
"""


@dataclass(frozen=True)
class Found:
    """What a database holds: our tables, `schema.name` of all others, and the `catalog.schema` that ours work for."""

    ours: tuple[str, ...]
    others: tuple[str, ...]
    serves: str | None

    def shared(self, schema: str) -> bool:
        """Whether others have something in the schema."""
        return any(name.startswith(f"{schema}.") for name in self.others)


def find(connection: Any, schema: str) -> Found:
    """Looks at the database of `connection` (psycopg's)."""
    check_schema(schema)
    made = {VERSIONS} if exists(connection, schema, VERSIONS) else set()
    if made:
        made |= {row[0] for row in connection.execute(f'SELECT table_name FROM "{schema}".{VERSIONS}')}  # noqa: S608
    there = connection.execute(_RELATIONS).fetchall()
    ours = [name for place, name in there if place == schema and name in made]
    there += connection.execute(_FUNCTIONS).fetchall()
    others = [f"{place}.{name}" for place, name in there if place != schema or name not in made]
    serves = None
    if "app_config" in ours:
        row = connection.execute(f'SELECT catalog, schema FROM "{schema}".app_config').fetchone()  # noqa: S608
        serves = row and ".".join(row)
    return Found(tuple(ours), tuple(others), serves)


def drop(connection: Any, schema: str, tables: Iterable[str]) -> None:
    """Drop these tables, and then the schema, unless others have something in it.

    All or nothing, never CASCADE: raises psycopg's DependentObjectsStillExist when a view or a key of others needs one
    of the tables, and its message names that.
    """
    check_schema(schema)
    with connection.transaction():
        lock(connection, schema)
        known = [name for name in tables if exists(connection, schema, name)]
        if known:
            named = ", ".join(f'"{schema}"."{name}"' for name in known)
            connection.execute(f"DROP TABLE {named}")
        found = find(connection, schema)
        if not found.ours and not found.shared(schema):
            connection.execute(f'DROP SCHEMA IF EXISTS "{schema}"')
