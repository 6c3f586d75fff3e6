"""Unity Catalog: catalogs."""

from fastapi import APIRouter

from ..unity import catalogs
from .fields import Current, Payload, flag
from .paging import page

router = APIRouter()
_URL = "/api/2.1/unity-catalog/catalogs"


@router.post(_URL)
def create_catalog(ws: Current, fields: Payload) -> dict:
    return catalogs.create(ws, fields.get("name"), fields)


@router.get(_URL)
def list_catalogs(ws: Current, fields: Payload) -> dict:
    items, rest = page(catalogs.listed(ws), fields)
    return {"catalogs": items, **rest}


@router.get(f"{_URL}/{{name}}")
def get_catalog(ws: Current, name: str) -> dict:
    return catalogs.require(ws, name)


@router.patch(f"{_URL}/{{name}}")
def update_catalog(ws: Current, name: str, fields: Payload) -> dict:
    return catalogs.update(ws, name, fields)


@router.delete(f"{_URL}/{{name}}")
def delete_catalog(ws: Current, name: str, fields: Payload) -> dict:
    catalogs.delete(ws, name, flag(fields, "force", False))
    return {}
