"""SQL warehouses. All of them are the one Spark engine; their states are kept and obeyed."""

import secrets

from fastapi import APIRouter

from ..context import Workspace
from ..engines.statements import FINAL
from ..errors import exists, invalid, missing
from ..store import Duplicate
from . import paging
from .fields import Current, Payload, flag, mapping, text, whole

router = APIRouter()
_ROOT = "/api/2.0/sql/warehouses"
_SIZES = ("2X-Small", "X-Small", "Small", "Medium", "Large", "X-Large", "2X-Large", "3X-Large", "4X-Large")
DEFAULT_NAME = "Serverless Starter Warehouse"


def ensure_default(ws: Workspace) -> str:
    """Every workspace starts with one warehouse; returns its id."""
    found = ws.store.find("warehouse", DEFAULT_NAME)
    return (found or _insert(ws, {"name": DEFAULT_NAME}))["id"]


def require(ws: Workspace, warehouse_id: str, start: bool = False) -> dict:
    """The warehouse; `start` wakes a stopped one, as a statement does."""
    doc = ws.store.get("warehouse", warehouse_id)
    if doc is None:
        raise missing(f"SQL warehouse {warehouse_id} does not exist. GET {_ROOT} lists those that do.")
    if start and doc["state"] != "RUNNING":
        doc = ws.store.update("warehouse", warehouse_id, {"state": "RUNNING"})
    return doc


@router.get(_ROOT)
def listing(ws: Current, fields: Payload) -> dict:
    items, rest = paging.page(ws.store.list("warehouse"), fields, size="page_size")
    return {"warehouses": [_describe(ws, doc) for doc in items], **rest}


@router.post(_ROOT)
def create(ws: Current, fields: Payload) -> dict:
    return {"id": _insert(ws, fields)["id"]}


@router.get(_ROOT + "/{warehouse_id}")
def get(ws: Current, warehouse_id: str) -> dict:
    return _describe(ws, require(ws, warehouse_id))


@router.post(_ROOT + "/{warehouse_id}/edit")
def edit(ws: Current, warehouse_id: str, fields: Payload) -> dict:
    doc = require(ws, warehouse_id)
    changed = {**doc, **_checked({**doc, **fields}), "id": warehouse_id}
    try:
        ws.store.update("warehouse", warehouse_id, changed, name=changed["name"])
    except Duplicate as error:
        raise exists(f"A SQL warehouse named {changed['name']!r} already exists.") from error
    return {}


@router.post(_ROOT + "/{warehouse_id}/start")
def start(ws: Current, warehouse_id: str) -> dict:
    require(ws, warehouse_id, start=True)
    return {}


@router.post(_ROOT + "/{warehouse_id}/stop")
def stop(ws: Current, warehouse_id: str) -> dict:
    """Statements that run on it are cancelled; the engine stays up for the other warehouses."""
    require(ws, warehouse_id)
    for doc in _running(ws, warehouse_id):
        ws.statements.cancel(doc["statement_id"])
    ws.store.update("warehouse", warehouse_id, {"state": "STOPPED"})
    return {}


@router.delete(_ROOT + "/{warehouse_id}")
def delete(ws: Current, warehouse_id: str) -> dict:
    stop(ws, warehouse_id)
    ws.store.delete("warehouse", warehouse_id)
    return {}


def _insert(ws: Workspace, fields: dict) -> dict:
    doc = {"id": secrets.token_hex(8), "state": "RUNNING", "creator_name": ws.user, **_checked(fields)}
    try:
        return ws.store.insert("warehouse", doc["id"], doc, name=doc["name"])
    except Duplicate as error:
        raise exists(f"A SQL warehouse named {doc['name']!r} already exists.") from error


def _checked(fields: dict) -> dict:
    size = text(fields, "cluster_size", "2X-Small")
    if size not in _SIZES:
        raise invalid(f"cluster_size must be one of {', '.join(_SIZES)}, got {size!r}.")
    return {
        "name": text(fields, "name"), "cluster_size": size,
        "auto_stop_mins": whole(fields, "auto_stop_mins", 10, low=0),
        "min_num_clusters": whole(fields, "min_num_clusters", 1, low=1),
        "max_num_clusters": whole(fields, "max_num_clusters", 1, low=1),
        "enable_serverless_compute": flag(fields, "enable_serverless_compute", True),
        "enable_photon": flag(fields, "enable_photon", True),
        "warehouse_type": text(fields, "warehouse_type", "PRO"), "tags": mapping(fields, "tags"),
    }  # fmt: skip


def _describe(ws: Workspace, doc: dict) -> dict:
    host = ws.host.split("://")[-1].split(":")[0]
    running = doc["state"] == "RUNNING"
    return {
        **doc, "num_clusters": 1 if running else 0, "num_active_sessions": len(_running(ws, doc["id"])),
        "odbc_params": {"hostname": host, "path": f"/sql/1.0/warehouses/{doc['id']}", "protocol": "https", "port": 443},
        "health": {"status": "HEALTHY"} if running else {},
    }  # fmt: skip


def _running(ws: Workspace, warehouse_id: str) -> list[dict]:
    recent = ws.store.list("statement", newest_first=True, limit=200)
    return [doc for doc in recent if doc["warehouse_id"] == warehouse_id and doc["status"]["state"] not in FINAL]
