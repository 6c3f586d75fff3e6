"""Catalogs: documents in the store, and the list of them that Spark reads."""

import shutil
import time
import uuid
from typing import TYPE_CHECKING

from ..errors import ApiError, exists, refused
from ..store import Duplicate
from . import anchors, grants, metastore, names, owners

if TYPE_CHECKING:
    from ..context import Workspace
    from ..engines.spark import SparkEngine

_ELSEWHERE = ("connection_name", "provider_name", "share_name", "storage_root")


def create(ws: "Workspace", name: str, given: dict | None = None) -> dict:
    """A new catalog with its schema `default`. `given`: comment, properties, options."""
    given = given or {}
    name = names.name(name, "catalog")
    for field in _ELSEWHERE:
        if given.get(field):
            raise refused(f"catalogs that live elsewhere ({field})")
    now = _now()
    doc = {
        "name": name, "full_name": name, "owner": ws.user, "catalog_type": "MANAGED_CATALOG", "isolation_mode": "OPEN",
        "metastore_id": metastore.ID, "securable_type": "CATALOG", "securable_kind": "CATALOG_STANDARD",
        "created_at": now, "created_by": ws.user, "updated_at": now, "updated_by": ws.user, "id": str(uuid.uuid4()),
        **{key: given[key] for key in ("comment", "properties", "options") if given.get(key) is not None},
    }  # fmt: skip
    # Before anything is written: without Spark there is no catalog.
    spark = ws.spark
    try:
        ws.store.insert("catalog", name, doc)
    except Duplicate as error:
        raise exists(f"Catalog '{name}' already exists") from error
    try:
        publish(ws, spark)
        metastore.create_schema(ws, name, "default", "Default schema (auto-created)", {}, if_not_exists=True)
    except BaseException:
        ws.store.delete("catalog", name)
        publish(ws, spark)
        raise
    return doc


def require(ws: "Workspace", name: str) -> dict:
    """Raises 404 if there is no such catalog."""
    name = names.name(name, "catalog")
    doc = ws.store.get("catalog", name)
    if doc is None:
        raise names.missing("catalog", name)
    return doc


def listed(ws: "Workspace") -> list[dict]:
    return sorted(ws.store.list("catalog"), key=lambda doc: doc["name"])


def update(ws: "Workspace", name: str, change: dict) -> dict:
    """`change` may hold comment, owner, properties and options."""
    doc = require(ws, name)
    if change.get("new_name") and str(change["new_name"]).lower() != doc["name"]:
        raise refused("renaming a catalog")
    kept = {key: change[key] for key in ("comment", "owner", "properties", "options") if change.get(key) is not None}
    return ws.store.update("catalog", doc["name"], {**kept, "updated_at": _now(), "updated_by": ws.user})


def delete(ws: "Workspace", name: str, force: bool) -> None:
    """Drop a catalog; with everything in it if `force`. Raises 400 if it holds more than an empty `default`."""
    name = require(ws, name)["name"]
    schemas = metastore.schemas(ws, name)
    held = [schema for schema in schemas if schema != "default" or not _empty(ws, name, schema)]
    if held and not force:
        raise ApiError(
            "BAD_REQUEST",
            f"Catalog '{name}' is not empty: it has the schemas {', '.join(held[:10])}. Use force, or CASCADE in SQL.",
        )
    for schema in schemas:
        metastore.drop_schema(ws, name, schema)
    with ws.store.transaction():
        ws.store.delete("catalog", name)
        for doc in ws.store.list("volume"):
            if doc["catalog_name"] == name:
                ws.store.delete("volume", doc["full_name"])
        grants.forget_below(ws, name)
        owners.forget_below(ws, name)
    publish(ws, ws.spark)
    shutil.rmtree(ws.home.volumes / name, ignore_errors=True)


def publish(ws: "Workspace", spark: "SparkEngine") -> None:
    """Tell Spark which catalogs exist."""
    spark.set_catalogs(doc["name"] for doc in ws.store.list("catalog"))


def _empty(ws: "Workspace", catalog: str, schema: str) -> bool:
    held = metastore.tables(ws, catalog, schema) or metastore.functions(ws, catalog, schema)
    return not held and not anchors.volumes(ws, catalog, schema)


def _now() -> int:
    return int(time.time() * 1000)
