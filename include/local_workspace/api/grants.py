"""Unity Catalog: privileges on securables."""

from fastapi import APIRouter

from ..context import Workspace
from ..errors import invalid
from ..unity import catalogs, functions, grants, metastore, names, schemas, tables, volumes
from .fields import Current, Payload, flag, listing
from .paging import page

router = APIRouter()
_URL = "/api/2.1/unity-catalog"


@router.get(f"{_URL}/permissions/{{securable}}/{{full_name}}")
def get_grants(ws: Current, securable: str, full_name: str, fields: Payload) -> dict:
    kind, name = _securable(ws, securable, full_name)
    items, rest = page(grants.assignments(ws, kind, name, fields.get("principal")), fields)
    return {"privilege_assignments": items, **rest}


@router.get(f"{_URL}/effective-permissions/{{securable}}/{{full_name}}")
def get_effective_grants(ws: Current, securable: str, full_name: str, fields: Payload) -> dict:
    kind, name = _securable(ws, securable, full_name)
    items, rest = page(grants.effective(ws, kind, name, fields.get("principal")), fields)
    return {"privilege_assignments": items, **rest}


@router.patch(f"{_URL}/permissions/{{securable}}/{{full_name}}")
def update_grants(ws: Current, securable: str, full_name: str, fields: Payload) -> dict:
    kind, name = _securable(ws, securable, full_name)
    grants.update(ws, kind, name, listing(fields, "changes"))
    if flag(fields, "omit_permissions_in_response", False):
        return {}
    return {"privilege_assignments": grants.assignments(ws, kind, name)}


def _securable(ws: Workspace, securable: str, full_name: str) -> tuple[str, str]:
    """Kind and full name of an object that exists. Raises 400 for a kind without privileges here, 404 if missing."""
    kind = securable.lower()
    if kind == "metastore":
        if full_name != metastore.ID:
            raise names.missing("metastore", full_name)
        return kind, full_name
    if kind == "catalog":
        return kind, catalogs.require(ws, full_name)["full_name"]
    read = {"schema": schemas.get, "volume": volumes.get, "function": functions.get}
    if kind in read:
        return kind, read[kind](ws, full_name)["full_name"]
    if kind == "table":
        name = ".".join(names.split(full_name, *tables.KINDS))
        if not tables.exists(ws, name):
            raise names.missing("table", name)
        return kind, name
    known = "metastore, catalog, schema, table, volume, function"
    raise invalid(f"Securable type {securable[:80]!r} has no privileges here; known are {known}.")
