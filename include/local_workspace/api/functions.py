"""Unity Catalog: SQL functions."""

from fastapi import APIRouter

from ..unity import functions
from .fields import Current, Payload, mapping, text
from .paging import page

router = APIRouter()
_URL = "/api/2.1/unity-catalog/functions"


@router.post(_URL)
def create_function(ws: Current, fields: Payload) -> dict:
    return functions.create(ws, mapping(fields, "function_info"))


@router.get(_URL)
def list_functions(ws: Current, fields: Payload) -> dict:
    catalog, schema = text(fields, "catalog_name").lower(), text(fields, "schema_name").lower()
    chosen, rest = page(functions.listed(ws, catalog, schema), fields)
    return {"functions": [functions.describe(ws, catalog, schema, name) for name in chosen], **rest}


@router.get(f"{_URL}/{{full_name}}")
def get_function(ws: Current, full_name: str) -> dict:
    return functions.get(ws, full_name)


@router.patch(f"{_URL}/{{full_name}}")
def update_function(ws: Current, full_name: str, fields: Payload) -> dict:
    return functions.change_owner(ws, full_name, text(fields, "owner"))


@router.delete(f"{_URL}/{{full_name}}")
def delete_function(ws: Current, full_name: str) -> dict:
    functions.delete(ws, full_name)
    return {}
