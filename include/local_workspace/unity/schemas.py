"""Schemas: Spark's metastore knows them; the store knows who owns them."""

from typing import TYPE_CHECKING

from ..engines.spark.names import InvalidNameError, physical
from ..errors import ApiError, exists, invalid, refused
from . import anchors, catalogs, grants, metastore, names, owners

if TYPE_CHECKING:
    from ..context import Workspace


def create(ws: "Workspace", catalog: str, name: str, given: dict) -> dict:
    """`given`: comment, properties. Raises 400 RESOURCE_ALREADY_EXISTS if there is one of this name."""
    catalog = catalogs.require(ws, catalog)["name"]
    name = names.name(name, "schema")
    if given.get("storage_root"):
        raise refused("schemas with a storage_root of their own")
    _check_together(catalog, name)
    if metastore.schema_exists(ws, catalog, name):
        raise exists(f"Schema '{catalog}.{name}' already exists", "RESOURCE_ALREADY_EXISTS", 400)
    metastore.create_schema(ws, catalog, name, given.get("comment"), given.get("properties") or {})
    owners.created(ws, "schema", f"{catalog}.{name}")
    return get(ws, f"{catalog}.{name}")


def _check_together(catalog: str, name: str) -> None:
    """Raises 400 when the two names are too long for the metastore."""
    try:
        physical(catalog, name)
    except InvalidNameError as error:
        raise invalid(str(error)) from error


def require(ws: "Workspace", catalog: str, name: str) -> None:
    """Raises 404 if there is no such catalog or schema."""
    catalog = catalogs.require(ws, catalog)["name"]
    name = names.name(name, "schema")
    if not metastore.schema_exists(ws, catalog, name):
        raise names.missing("schema", f"{catalog}.{name}")


def get(ws: "Workspace", full_name: str) -> dict:
    """Raises 404 if there is no such catalog or schema."""
    catalog, name = names.split(full_name, "catalog", "schema")
    catalogs.require(ws, catalog)
    return _info(ws, catalog, name)


def listed(ws: "Workspace", catalog: str) -> list[str]:
    return metastore.schemas(ws, catalogs.require(ws, catalog)["name"])


def describe(ws: "Workspace", catalog: str, schemas: list[str]) -> list[dict]:
    return [_info(ws, names.name(catalog, "catalog"), schema) for schema in schemas]


def update(ws: "Workspace", full_name: str, change: dict) -> dict:
    """`change` may hold comment, owner and properties."""
    catalog, name = names.split(full_name, "catalog", "schema")
    require(ws, catalog, name)
    if change.get("new_name") and str(change["new_name"]).lower() != name:
        raise refused("renaming a schema")
    metastore.set_schema_properties(ws, catalog, name, change.get("properties") or {})
    # Spark's metastore does not change the comment of a schema (seen 2026-11-23 with Hive's), so it is kept here.
    owners.changed(ws, "schema", f"{catalog}.{name}", owner=change.get("owner"), comment=change.get("comment"))
    return get(ws, full_name)


def delete(ws: "Workspace", full_name: str, force: bool) -> None:
    """Raises 400 if the schema is not empty, unless `force`."""
    catalog, name = names.split(full_name, "catalog", "schema")
    require(ws, catalog, name)
    held = [*metastore.tables(ws, catalog, name), *metastore.functions(ws, catalog, name)]
    held += [doc["name"] for doc in anchors.volumes(ws, catalog, name)]
    if held and not force:
        raise ApiError(
            "BAD_REQUEST", f"Schema '{catalog}.{name}' is not empty: it has {', '.join(held[:10])}. Use force."
        )
    volumes = anchors.volumes(ws, catalog, name)
    metastore.drop_schema(ws, catalog, name)
    for doc in volumes:
        anchors.forget(ws, doc)
    with ws.store.transaction():
        grants.forget_below(ws, f"{catalog}.{name}")
        owners.forget_below(ws, f"{catalog}.{name}")


def _info(ws: "Workspace", catalog: str, name: str) -> dict:
    found = metastore.describe_schema(ws, catalog, name)
    return {
        "name": name, "catalog_name": catalog, "full_name": f"{catalog}.{name}", "catalog_type": "MANAGED_CATALOG",
        "metastore_id": metastore.ID, "schema_id": metastore.identifier("schema", f"{catalog}.{name}"),
        **found, **owners.of(ws, "schema", f"{catalog}.{name}"),
    }  # fmt: skip
