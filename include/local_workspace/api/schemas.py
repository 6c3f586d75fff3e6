"""Unity Catalog: schemas."""

from fastapi import APIRouter

from ..unity import schemas
from .fields import Current, Payload, flag, text
from .paging import page

router = APIRouter()
_URL = "/api/2.1/unity-catalog/schemas"


@router.post(_URL)
def create_schema(ws: Current, fields: Payload) -> dict:
    return schemas.create(ws, fields.get("catalog_name"), fields.get("name"), fields)


@router.get(_URL)
def list_schemas(ws: Current, fields: Payload) -> dict:
    catalog = text(fields, "catalog_name")
    items, rest = page(schemas.listed(ws, catalog), fields)
    return {"schemas": schemas.describe(ws, catalog, items), **rest}


@router.get(f"{_URL}/{{full_name}}")
def get_schema(ws: Current, full_name: str) -> dict:
    return schemas.get(ws, full_name)


@router.patch(f"{_URL}/{{full_name}}")
def update_schema(ws: Current, full_name: str, fields: Payload) -> dict:
    return schemas.update(ws, full_name, fields)


@router.delete(f"{_URL}/{{full_name}}")
def delete_schema(ws: Current, full_name: str, fields: Payload) -> dict:
    schemas.delete(ws, full_name, flag(fields, "force", False))
    return {}
