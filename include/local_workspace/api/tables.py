"""Unity Catalog: tables and views. They are created by SQL; here they are read, and dropped."""

from fnmatch import fnmatchcase

from fastapi import APIRouter

from ..errors import refused
from ..unity import metastore, schemas, tables
from .fields import Current, Payload, flag, text
from .paging import page

router = APIRouter()
_URL = "/api/2.1/unity-catalog/tables"


@router.post(_URL)
def create_table() -> None:
    raise refused("external tables: create tables with SQL")


@router.get(_URL)
def list_tables(ws: Current, fields: Payload) -> dict:
    catalog, schema = text(fields, "catalog_name").lower(), text(fields, "schema_name").lower()
    chosen, rest = page(tables.listed(ws, catalog, schema), fields, default=50, high=50)
    columns, properties = (not flag(fields, name, False) for name in ("omit_columns", "omit_properties"))
    return {"tables": tables.described(ws, catalog, schema, chosen, columns, properties), **rest}


@router.get("/api/2.1/unity-catalog/table-summaries")
def list_summaries(ws: Current, fields: Payload) -> dict:
    catalog = text(fields, "catalog_name").lower()
    schema_like, table_like = (
        text(fields, f"{kind}_name_pattern", "%").replace("%", "*").replace("_", "?") for kind in ("schema", "table")
    )
    found = []
    for schema in schemas.listed(ws, catalog):
        if fnmatchcase(schema, schema_like):
            told = metastore.describe_tables(ws, catalog, schema)
            found += [
                {"full_name": f"{catalog}.{schema}.{name}", "table_type": told[name].get("Type", "MANAGED")}
                for name in sorted(told) if fnmatchcase(name, table_like)
            ]  # fmt: skip
    items, rest = page(found, fields, default=10000, high=10000)
    return {"tables": items, **rest}


@router.get(f"{_URL}/{{full_name}}/exists")
def table_exists(ws: Current, full_name: str) -> dict:
    return {"table_exists": tables.exists(ws, full_name)}


@router.get(f"{_URL}/{{full_name}}")
def get_table(ws: Current, full_name: str) -> dict:
    return tables.get(ws, full_name)


@router.patch(f"{_URL}/{{full_name}}")
def update_table(ws: Current, full_name: str, fields: Payload) -> dict:
    tables.change_owner(ws, full_name, text(fields, "owner"))
    return {}


@router.delete(f"{_URL}/{{full_name}}")
def delete_table(ws: Current, full_name: str) -> dict:
    tables.delete(ws, full_name)
    return {}
