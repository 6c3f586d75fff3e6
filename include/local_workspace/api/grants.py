"""Unity Catalog: privileges on securables."""

from fastapi import APIRouter

from ..unity import grants, securables
from .fields import Current, Payload, flag, listing
from .paging import page

router = APIRouter()
_URL = "/api/2.1/unity-catalog"


@router.get(f"{_URL}/permissions/{{securable}}/{{full_name}}")
def get_grants(ws: Current, securable: str, full_name: str, fields: Payload) -> dict:
    kind, name = securables.find(ws, securable, full_name)
    items, rest = page(grants.assignments(ws, kind, name, fields.get("principal")), fields)
    return {"privilege_assignments": items, **rest}


@router.get(f"{_URL}/effective-permissions/{{securable}}/{{full_name}}")
def get_effective_grants(ws: Current, securable: str, full_name: str, fields: Payload) -> dict:
    kind, name = securables.find(ws, securable, full_name)
    items, rest = page(grants.effective(ws, kind, name, fields.get("principal")), fields)
    return {"privilege_assignments": items, **rest}


@router.patch(f"{_URL}/permissions/{{securable}}/{{full_name}}")
def update_grants(ws: Current, securable: str, full_name: str, fields: Payload) -> dict:
    kind, name = securables.find(ws, securable, full_name)
    grants.update(ws, kind, name, listing(fields, "changes"))
    if flag(fields, "omit_permissions_in_response", False):
        return {}
    return {"privilege_assignments": grants.assignments(ws, kind, name)}
