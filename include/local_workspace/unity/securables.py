"""Objects that privileges and owners belong to, found by their kind and name."""

from typing import TYPE_CHECKING

from ..errors import invalid, refused
from . import catalogs, functions, metastore, names, schemas, tables, volumes

if TYPE_CHECKING:
    from ..context import Workspace

_READ = {"catalog": catalogs.require, "schema": schemas.get, "volume": volumes.get, "function": functions.get}


def find(ws: "Workspace", securable: str, full_name: str) -> tuple[str, str]:
    """Kind and full name of an object that exists. Raises 400 for a kind without privileges here, 404 if missing."""
    kind = {"view": "table"}.get(securable.lower(), securable.lower())
    if kind == "metastore":
        if full_name not in ("", metastore.ID):
            raise names.missing("metastore", full_name)
        return kind, metastore.ID
    if kind in _READ:
        return kind, _READ[kind](ws, full_name)["full_name"]
    if kind == "table":
        name = ".".join(names.split(full_name, *tables.KINDS))
        if not tables.exists(ws, name):
            raise names.missing("table", name)
        return kind, name
    known = "metastore, catalog, schema, table, volume and function"
    raise invalid(f"Securable type {securable[:80]!r} has no privileges here; known are {known}.")


def set_owner(ws: "Workspace", securable: str, full_name: str, owner: str) -> None:
    """Make somebody else the owner. Nothing is enforced here."""
    kind, name = find(ws, securable, full_name)
    if kind == "metastore":
        raise refused("another owner of the metastore")
    if kind in ("catalog", "schema", "volume"):
        {"catalog": catalogs, "schema": schemas, "volume": volumes}[kind].update(ws, name, {"owner": owner})
    else:
        {"table": tables, "function": functions}[kind].change_owner(ws, name, owner)
