"""Managed volumes: a document and a folder each. The folder is what Spark and notebooks see as `/Volumes/c/s/v`."""

import time
import uuid
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import ApiError, exists, invalid, refused
from ..store import Duplicate
from . import anchors, grants, names, schemas, trees

if TYPE_CHECKING:
    from ..context import Workspace

_KINDS = ("catalog", "schema", "volume")


def create(ws: "Workspace", catalog: str, schema: str, name: str, comment: str | None, kind: str = "MANAGED") -> dict:
    """A new managed volume with its empty folder. Raises 409 if there is one of this name."""
    if kind == "EXTERNAL":
        raise refused("external volumes: create a MANAGED one")
    if kind != "MANAGED":
        raise invalid(f"volume_type must be MANAGED, got {kind!r}.")
    catalog, schema, name = names.name(catalog, "catalog"), names.name(schema, "schema"), names.name(name, "volume")
    schemas.require(ws, catalog, schema)
    full_name, now = f"{catalog}.{schema}.{name}", _now()
    # One of this name whose schema was dropped meanwhile is no obstacle: looking for it removes it.
    anchors.find(ws, catalog, schema, name)
    folder = ws.home.volumes / catalog / schema / name
    doc = {
        "name": name, "catalog_name": catalog, "schema_name": schema, "full_name": full_name, "volume_type": "MANAGED",
        "volume_id": str(uuid.uuid4()), "owner": ws.user, "created_at": now, "created_by": ws.user,
        "updated_at": now, "updated_by": ws.user, "storage_location": folder.as_uri(),
        "anchor": anchors.of_schema(ws, catalog, schema),
    }  # fmt: skip
    if comment is not None:
        doc["comment"] = comment
    try:
        ws.store.insert("volume", full_name, doc, parent=f"{catalog}.{schema}")
    except Duplicate as error:
        raise exists(f"Volume '{full_name}' already exists", status=409) from error
    folder.mkdir(parents=True, exist_ok=True)
    return shown(doc)


def get(ws: "Workspace", full_name: str) -> dict:
    """Raises 404 if the volume, its schema or its catalog does not exist."""
    catalog, schema, name = names.split(full_name, *_KINDS)
    schemas.require(ws, catalog, schema)
    return shown(_require(ws, catalog, schema, name))


def listed(ws: "Workspace", catalog: str, schema: str) -> list[dict]:
    catalog, schema = names.name(catalog, "catalog"), names.name(schema, "schema")
    schemas.require(ws, catalog, schema)
    return [shown(doc) for doc in anchors.volumes(ws, catalog, schema)]


def update(ws: "Workspace", full_name: str, change: dict) -> dict:
    """`change` may hold comment, owner and new_name."""
    found = get(ws, full_name)
    doc = ws.store.get("volume", found["full_name"])
    kept = {key: change[key] for key in ("comment", "owner") if change.get(key) is not None}
    new = names.name(change["new_name"], "volume") if change.get("new_name") else doc["name"]
    if new != doc["name"]:
        return shown(_rename(ws, doc, new, kept))
    change = {**kept, "updated_at": _now(), "updated_by": ws.user}
    return shown(ws.store.update("volume", doc["full_name"], change))


def delete(ws: "Workspace", full_name: str) -> None:
    """Drop a volume with its files."""
    anchors.forget(ws, get(ws, full_name))


def resolve(ws: "Workspace", path: str) -> tuple[Path, list[str]]:
    """The file behind `/Volumes/catalog/schema/volume/...`, and the parts below the volume.

    Raises 400 for a path elsewhere or out of the volume, 404 if there is no such volume.
    """
    found = trees.parts(path)
    if len(found) < 4 or found[0] != "Volumes":
        raise invalid(f"Path ({path[:200]}) must start with /Volumes/<catalog>/<schema>/<volume>.")
    kinds = zip(found[1:4], _KINDS, strict=True)
    catalog, schema, name = (names.name(part, kind) for part, kind in kinds)
    _require(ws, catalog, schema, name)
    root = ws.home.volumes / catalog / schema / name
    root.mkdir(parents=True, exist_ok=True)
    return trees.below(root, found[4:]), found[4:]


def shown(doc: dict) -> dict:
    """A volume as the API answers it."""
    return {key: value for key, value in doc.items() if key != "anchor"}


def _require(ws: "Workspace", catalog: str, schema: str, name: str) -> dict:
    doc = anchors.find(ws, catalog, schema, name)
    if doc is None:
        raise names.missing("volume", f"{catalog}.{schema}.{name}")
    return doc


def _rename(ws: "Workspace", doc: dict, new: str, kept: dict) -> dict:
    old_name, parent = doc["full_name"], f"{doc['catalog_name']}.{doc['schema_name']}"
    full_name = f"{parent}.{new}"
    if anchors.find(ws, doc["catalog_name"], doc["schema_name"], new):
        raise exists(f"Volume '{full_name}' already exists", status=409)
    old, folder = (ws.home.volumes.joinpath(*some.split(".")) for some in (old_name, full_name))
    if folder.exists():
        raise ApiError("RESOURCE_CONFLICT", f"The folder of an earlier volume '{full_name}' still exists.")
    changed = {
        **doc, **kept, "name": new, "full_name": full_name, "storage_location": folder.as_uri(), "updated_at": _now(),
        "updated_by": ws.user,
    }  # fmt: skip
    with ws.store.transaction():
        ws.store.delete("volume", old_name)
        ws.store.insert("volume", full_name, changed, parent=parent)
        grants.rename(ws, "volume", old_name, full_name)
        old.rename(folder)
    return changed


def _now() -> int:
    return int(time.time() * 1000)
