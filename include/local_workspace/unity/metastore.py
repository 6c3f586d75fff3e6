"""Spark's metastore: schemas, tables, views and functions. It is the one source of truth, also for what SQL creates."""

import uuid
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from ..engines.spark import sessions
from ..engines.spark.names import quoted
from .session import ask, literal, rows

if TYPE_CHECKING:
    from pyspark.sql.types import StructType

    from ..context import Workspace

ID = str(uuid.uuid5(uuid.NAMESPACE_DNS, "metastore.local.workspace"))
_KEYS = (
    "Catalog", "Database", "Table", "Owner", "Created Time", "Last Access", "Created By", "Type", "Provider",
    "Bucket", "Comment", "Collation", "View Text", "View Original Text", "View Schema Mode",
    "View Catalog and Namespace", "View SQL Path", "View Query Output Columns", "Language", "Table Properties",
    "Statistics", "Location", "Serde Library", "InputFormat", "OutputFormat", "Storage Properties",
    "Partition Provider", "Partition Columns", "Schema",
)  # fmt: skip


def identifier(kind: str, full_name: str) -> str:
    """An id for what has only a name in the metastore: the same each time."""
    return str(uuid.uuid5(uuid.UUID(ID), f"{kind} {full_name}"))


def schema_exists(ws: "Workspace", catalog: str, schema: str) -> bool:
    return ask(ws, lambda session: session.catalog.databaseExists(f"{catalog}.{schema}"))


def schemas(ws: "Workspace", catalog: str) -> list[str]:
    """Names of the schemas of a catalog, sorted."""
    return sorted(row[0] for row in rows(ws, f"SHOW SCHEMAS IN {quoted(catalog)}"))


def create_schema(
    ws: "Workspace", catalog: str, schema: str, comment: str | None, properties: dict, if_not_exists: bool = False
) -> None:
    sql = f"CREATE SCHEMA {'IF NOT EXISTS ' if if_not_exists else ''}{quoted(catalog, schema)}"
    if comment:
        sql += f" COMMENT {literal(comment)}"
    if properties:
        sql += f" WITH DBPROPERTIES ({_pairs(properties)})"
    rows(ws, sql)


def set_schema_properties(ws: "Workspace", catalog: str, schema: str, properties: dict) -> None:
    if properties:
        rows(ws, f"ALTER SCHEMA {quoted(catalog, schema)} SET DBPROPERTIES ({_pairs(properties)})")


def drop_schema(ws: "Workspace", catalog: str, schema: str) -> None:
    """With everything that Spark keeps in it."""
    rows(ws, f"DROP SCHEMA IF EXISTS {quoted(catalog, schema)} CASCADE")


def describe_schema(ws: "Workspace", catalog: str, schema: str) -> dict:
    """comment, storage_location and properties, as far as there are some."""
    told = {row[0]: row[1] for row in rows(ws, f"DESCRIBE SCHEMA EXTENDED {quoted(catalog, schema)}")}
    found = {"comment": told.get("Comment"), "storage_location": told.get("Location")}
    pairs = (told.get("Properties") or "").removeprefix("((").removesuffix("))")
    if pairs:
        found["properties"] = dict(pair.partition(",")[::2] for pair in pairs.split("), ("))
    return {key: value for key, value in found.items() if value}


def table_exists(ws: "Workspace", full_name: str) -> bool:
    """Also for views. False when the schema or the catalog does not exist."""
    return ask(ws, lambda session: session.catalog.tableExists(full_name))


def tables(ws: "Workspace", catalog: str, schema: str) -> list[str]:
    """Names of tables and views, sorted."""
    found = rows(ws, f"SHOW TABLES IN {quoted(catalog, schema)}")
    return sorted(row[1] for row in found if not row[2])


def describe_tables(ws: "Workspace", catalog: str, schema: str, pattern: str = "*") -> dict[str, dict]:
    """What Spark's metastore says of the tables and views whose name matches, by name: `Type`, `Location`, ..."""
    found = rows(ws, f"SHOW TABLE EXTENDED IN {quoted(catalog, schema)} LIKE {literal(pattern)}")
    return {row[1]: _fields(row[3]) for row in found if not row[2]}


def columns(ws: "Workspace", full_name: str) -> "StructType":
    return ask(ws, lambda session: session.table(full_name).schema)


def metric_view_columns(ws: "Workspace", full_name: str) -> "StructType":
    """Asked from within its schema: a metric view finds a source with a bare name only there (seen 2026-11-23)."""
    catalog, schema, _ = full_name.split(".")
    inside = sessions.session(ws.spark, catalog, schema)
    try:
        return inside.table(full_name).schema
    finally:
        sessions.close(inside)


def properties(ws: "Workspace", full_name: str) -> dict[str, str]:
    return dict(rows(ws, f"SHOW TBLPROPERTIES {quoted(*full_name.split('.'))}"))


def drop_table(ws: "Workspace", full_name: str, view: bool) -> None:
    rows(ws, f"DROP {'VIEW' if view else 'TABLE'} {quoted(*full_name.split('.'))}")


def functions(ws: "Workspace", catalog: str, schema: str) -> list[str]:
    """Names of the SQL functions of a schema, sorted."""
    found = rows(ws, f"SHOW USER FUNCTIONS IN {quoted(catalog, schema)}")
    prefix = f"{catalog}.{schema}."
    return sorted(row[0].removeprefix(prefix) for row in found if row[0].startswith(prefix))


def describe_function(ws: "Workspace", full_name: str) -> dict[str, list[str]]:
    """What Spark says of a function: `Input`, `Returns`, `Body`, ... each as its lines."""
    told: dict[str, list[str]] = {}
    label = ""
    for (line,) in rows(ws, f"DESCRIBE FUNCTION EXTENDED {quoted(*full_name.split('.'))}"):
        head, rest = line[:15], line[15:]
        if head.strip().endswith(":"):
            label = head.strip().removesuffix(":")
            told[label] = [rest]
        elif label:
            told[label].append(rest if not head.strip() else line)
    return told


def moment(told: str | None) -> int | None:
    """Milliseconds since 1970 of a time as Spark prints it, such as `Mon Nov 23 07:39:41 UTC 2026`."""
    try:
        return int(datetime.strptime(told or "", "%a %b %d %H:%M:%S UTC %Y").replace(tzinfo=UTC).timestamp() * 1000)
    except ValueError:
        return None


def _fields(information: str) -> dict[str, str]:
    """`Key: value` lines in their known order; a value may have several lines."""
    found: dict[str, str] = {}
    last, place = "", -1
    for line in information.split("\n"):
        key = line.partition(": ")[0] if ": " in line else line.removesuffix(":")
        at = _KEYS.index(key) if key in _KEYS else -1
        if at > place:
            last, place = key, at
            found[key] = line[len(key) + 2 :]
        elif last:
            found[last] += f"\n{line}"
    return {key: value.strip("\n") for key, value in found.items()}


def _pairs(properties: dict) -> str:
    return ", ".join(f"{literal(str(key))} = {literal(str(value))}" for key, value in properties.items())
