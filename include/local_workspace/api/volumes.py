"""Unity Catalog: volumes."""

from fastapi import APIRouter

from ..unity import volumes
from .fields import Current, Payload, text
from .paging import page

router = APIRouter()
_URL = "/api/2.1/unity-catalog/volumes"


@router.post(_URL)
def create_volume(ws: Current, fields: Payload) -> dict:
    place = (fields.get("catalog_name"), fields.get("schema_name"), fields.get("name"))
    return volumes.create(ws, *place, fields.get("comment"), text(fields, "volume_type"))


@router.get(_URL)
def list_volumes(ws: Current, fields: Payload) -> dict:
    found = volumes.listed(ws, text(fields, "catalog_name"), text(fields, "schema_name"))
    items, rest = page(found, fields)
    return {"volumes": items, **rest}


@router.get(f"{_URL}/{{full_name}}")
def read_volume(ws: Current, full_name: str) -> dict:
    return volumes.get(ws, full_name)


@router.patch(f"{_URL}/{{full_name}}")
def update_volume(ws: Current, full_name: str, fields: Payload) -> dict:
    return volumes.update(ws, full_name, fields)


@router.delete(f"{_URL}/{{full_name}}")
def delete_volume(ws: Current, full_name: str) -> dict:
    volumes.delete(ws, full_name)
    return {}
