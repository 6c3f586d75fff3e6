"""SQL statements about catalogs, volumes, grants and owners: what the API does, by another way in."""

from datetime import UTC, datetime
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from ..engines.spark.unity_sql import UnityStatement
from ..errors import ApiError, invalid, refused
from . import catalogs, grants, names, schemas, securables, volumes

if TYPE_CHECKING:
    from ..context import Workspace

Result = tuple[list[str], list[tuple]]
_DEPTH = {"METASTORE": 0, "CATALOG": 1, "SCHEMA": 2}
_NOTHING: Result = ([], [])


def execute(
    ws: "Workspace", statement: UnityStatement, catalog: str | None = None, schema: str | None = None
) -> Result:  # fmt: skip
    """Columns and rows of a statement. `catalog` and `schema` are the session's, for names that leave them out.

    Raises ApiError, as the API would for the same thing.
    """
    full_name = _full(statement, catalog, schema)
    verb = statement.kind.split()[0]
    if statement.kind == "COMMENT ON":
        return _comment(ws, statement, full_name)
    if statement.kind == "ALTER OWNER":
        securables.set_owner(ws, statement.securable, full_name, str(statement.principal))
        return _NOTHING
    if statement.kind in ("GRANT", "REVOKE"):
        return _grant(ws, statement, full_name)
    if statement.kind == "SHOW GRANTS":
        return _show_grants(ws, statement, full_name)
    if statement.kind == "SHOW VOLUMES":
        return _show_volumes(ws, statement, full_name)
    return {"CREATE": _create, "DROP": _drop, "DESCRIBE": _describe}[verb](ws, statement, full_name)


def _create(ws: "Workspace", statement: UnityStatement, full_name: str) -> Result:
    if statement.location is not None:
        raise refused(f"a location for a {statement.securable.lower()}")
    try:
        if statement.securable == "CATALOG":
            catalogs.create(ws, full_name, {"comment": statement.comment})
        else:
            parts = names.split(full_name, "catalog", "schema", "volume")
            volumes.create(ws, *parts, statement.comment)
    except ApiError as error:
        if not (statement.if_not_exists and error.code == "RESOURCE_ALREADY_EXISTS"):
            raise
    return _NOTHING


def _drop(ws: "Workspace", statement: UnityStatement, full_name: str) -> Result:
    try:
        if statement.securable == "CATALOG":
            catalogs.delete(ws, full_name, statement.cascade)
        else:
            volumes.delete(ws, full_name)
    except ApiError as error:
        if not (statement.if_exists and error.status == 404):
            raise
    return _NOTHING


def _describe(ws: "Workspace", statement: UnityStatement, full_name: str) -> Result:
    if statement.securable == "VOLUME":
        doc = volumes.get(ws, full_name)
        columns = ["name", "catalog", "database", "owner", "storageLocation", "volumeType", "comment"]
        keys = ("name", "catalog_name", "schema_name", "owner", "storage_location", "volume_type", "comment")
        return columns, [tuple(doc.get(key, "") for key in keys)]
    doc = catalogs.require(ws, full_name)
    rows = [("Catalog Name", doc["name"]), ("Comment", doc.get("comment", "")), ("Owner", doc["owner"])]
    if statement.extended:
        rows += [("Catalog Type", "Regular"), ("Created By", doc["created_by"]), ("Updated By", doc["updated_by"])]
        rows += [("Created At", _time(doc, "created_at")), ("Updated At", _time(doc, "updated_at"))]
    return ["info_name", "info_value"], rows


def _comment(ws: "Workspace", statement: UnityStatement, full_name: str) -> Result:
    change = {"comment": statement.comment or ""}
    kept_by = {"CATALOG": catalogs, "SCHEMA": schemas, "DATABASE": schemas, "VOLUME": volumes}
    kept_by[statement.securable].update(ws, full_name, change)
    return _NOTHING


def _grant(ws: "Workspace", statement: UnityStatement, full_name: str) -> Result:
    kind, name = securables.find(ws, statement.securable, full_name)
    # The older word for both.
    usage = {"catalog": "USE_CATALOG", "schema": "USE_SCHEMA"}.get(kind, "USAGE")
    privileges = [usage if word == "USAGE" else word for word in statement.privileges]
    field = "add" if statement.kind == "GRANT" else "remove"
    grants.update(ws, kind, name, [{"principal": statement.principal, field: privileges}])
    return _NOTHING


def _show_grants(ws: "Workspace", statement: UnityStatement, full_name: str) -> Result:
    kind, name = securables.find(ws, statement.securable, full_name)
    rows = [
        (
            entry["principal"], told["privilege"].replace("_", " "),
            told.get("inherited_from_type", kind.upper()), told.get("inherited_from_name", name),
        )
        for entry in grants.effective(ws, kind, name, statement.principal)
        for told in entry["privileges"]
    ]  # fmt: skip
    return ["Principal", "ActionType", "ObjectType", "ObjectKey"], rows


def _show_volumes(ws: "Workspace", statement: UnityStatement, full_name: str) -> Result:
    catalog, schema = names.split(full_name, "catalog", "schema")
    pattern = (statement.pattern or "*").lower().replace("%", "*")
    found = [doc["name"] for doc in volumes.listed(ws, catalog, schema)]
    matching = [name for name in found if any(fnmatchcase(name, part.strip()) for part in pattern.split("|"))]
    return ["database", "volume_name"], [(schema, name) for name in matching]


def _full(statement: UnityStatement, catalog: str | None, schema: str | None) -> str:
    """The full name, with what is left out taken from the session. Raises 400 if the session does not say."""
    depth = _DEPTH.get(statement.securable, 3)
    given = list(statement.name)
    left_out = depth - len(given)
    if left_out < 0 or (depth == 1 and not given):
        raise invalid(f"{'.'.join(given)!r} is not the name of a {statement.securable.lower()}.")
    session = [catalog, schema][:left_out] if depth > 1 else []
    if None in session or "" in session or len(session) != left_out:
        raise invalid(
            f"{'.'.join(given)!r} is not a full name: write catalog and schema out, or set both for the statement."
        )
    return ".".join([*session, *given])


def _time(doc: dict, key: str) -> str:
    return datetime.fromtimestamp(doc[key] / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
