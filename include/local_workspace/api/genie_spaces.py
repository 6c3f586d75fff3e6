"""Genie spaces: `/api/2.0/genie/spaces`."""

import datetime
import uuid

from fastapi import APIRouter

from ..context import Workspace
from ..errors import ApiError, invalid
from . import workspace_tree as tree
from .fields import Current, Payload, flag, text
from .genie_content import checked
from .paging import page
from .warehouses import require as require_warehouse

router = APIRouter()
_ROOT = "/api/2.0/genie/spaces"
_ONE = _ROOT + "/{space_id}"
_KIND = "genie_space"
_HEADER = ("space_id", "title", "description", "warehouse_id", "parent_path", "create_time", "update_time")


@router.post(_ROOT)
def create(ws: Current, fields: Payload) -> dict:
    serialized = text(fields, "serialized_space")
    checked(serialized)
    now = _now()
    doc = {
        "space_id": uuid.uuid4().hex, "title": _title(text(fields, "title", "New Space")),
        "description": text(fields, "description", ""), "parent_path": _folder(ws, fields) or f"/Users/{ws.user}",
        "warehouse_id": require_warehouse(ws, text(fields, "warehouse_id"))["id"],
        "serialized_space": serialized, "etag": "1", "create_time": now, "update_time": now,
    }  # fmt: skip
    return ws.store.insert(_KIND, doc["space_id"], doc)


@router.get(_ROOT)
def list_spaces(ws: Current, fields: Payload) -> dict:
    items, rest = page(ws.store.list(_KIND), fields, default=20, size="page_size")
    return {"spaces": [_header(doc) for doc in items], **rest}


@router.get(_ONE)
def get(ws: Current, space_id: str, fields: Payload) -> dict:
    """The etag comes only with the text, as the cloud does."""
    doc = require(ws, space_id)
    return doc if flag(fields, "include_serialized_space", False) else _header(doc)


@router.patch(_ONE)
def update(ws: Current, space_id: str, fields: Payload) -> dict:
    """The etag moves on when something changes. Raises 409 when the given one is not the present one."""
    changes = {name: text(fields, name) for name in ("title", "description", "serialized_space") if name in fields}
    if "title" in changes:
        _title(changes["title"])
    if "serialized_space" in changes:
        checked(changes["serialized_space"])
    if "warehouse_id" in fields:
        changes["warehouse_id"] = require_warehouse(ws, text(fields, "warehouse_id"))["id"]
    if folder := _folder(ws, fields):
        changes["parent_path"] = folder
    given = text(fields, "etag", "")
    with ws.store.transaction():
        doc = require(ws, space_id)
        if given and given != doc["etag"]:
            raise ApiError("ABORTED", f"Etag mismatch: expected {doc['etag']}, got {given[:40]}")
        changed = {**doc, **changes}
        if changed != doc:
            changed |= {"etag": str(int(doc["etag"]) + 1), "update_time": _now()}
        return ws.store.update(_KIND, space_id, changed)


@router.delete(_ONE)
def trash(ws: Current, space_id: str) -> dict:
    """Its conversations go with it."""
    with ws.store.transaction():
        require(ws, space_id)
        for conversation in ws.store.list("genie_conversation", parent=space_id):
            forget_conversation(ws, conversation["conversation_id"])
        ws.store.delete(_KIND, space_id)
    return {}


def require(ws: Workspace, space_id: str) -> dict:
    """The space's document. Raises 403 where there is none, as the cloud does."""
    doc = ws.store.get(_KIND, space_id)
    if doc is None:
        raise ApiError("PERMISSION_DENIED", f"Genie space not found: {space_id[:80]}")
    return doc


def forget_conversation(ws: Workspace, conversation_id: str) -> None:
    for message in ws.store.list("genie_message", parent=conversation_id):
        ws.store.delete("genie_message", message["message_id"])
    ws.store.delete("genie_conversation", conversation_id)


def _title(title: str) -> str:
    if not title.strip() or "/" in title:
        raise invalid(f"title {title[:80]!r} cannot be used: it must have letters and no slash.")
    return title


def _folder(ws: Workspace, fields: dict) -> str | None:
    """The folder that the request names, which must be there."""
    if "parent_path" not in fields:
        return None
    folder = tree.normal(text(fields, "parent_path"))
    if tree.require(ws, folder).kind != "DIRECTORY":
        raise invalid(f"Path ({folder}) is not a folder.")
    return folder


def _header(doc: dict) -> dict:
    return {name: doc[name] for name in _HEADER}


def _now() -> str:
    return datetime.datetime.now(datetime.UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
