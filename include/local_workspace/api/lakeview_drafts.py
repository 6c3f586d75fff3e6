"""Drafts of dashboards. The file in the workspace's tree is the draft; the store knows its id, etag and published copy.

So a dashboard that was imported, or written by a run, is one as well: it gets its id when it is first looked at, and a
new etag when its file is not the one that was seen last. One whose file was deleted is gone.
"""

import datetime
import hashlib
import uuid

from ..context import Workspace
from ..errors import ApiError, exists, invalid, missing
from . import workspace_tree as tree
from .lakeview_content import EMPTY, stored

KIND = "dashboard"
SUFFIX = ".lvdash.json"
ACTIVE, TRASHED = "ACTIVE", "TRASHED"


def create(ws: Workspace, folder: str, name: str, warehouse_id: str, serialized: str | None, target: tuple) -> dict:
    """A new dashboard. `target` are the catalog and schema for its datasets, each may be None."""
    content = stored(serialized, *target) if serialized else EMPTY
    path = _path(folder, name)
    with ws.store.transaction():
        _free(ws, path)
        tree.write_file(ws, path, content.encode(), overwrite=False)
        return _insert(ws, path, warehouse_id)


def require(ws: Workspace, dashboard_id: str) -> dict:
    """The dashboard's document; a trashed one has no path. Raises 404."""
    with ws.store.transaction():
        doc = ws.store.get(KIND, dashboard_id)
        doc = doc and _seen(ws, doc)
    if doc is None:
        raise missing(f"Unable to find dashboard [{dashboard_id[:80]}].")
    return doc


def at(ws: Workspace, path: str) -> dict:
    """The document of the dashboard whose file is at this path."""
    with ws.store.transaction():
        doc = ws.store.find(KIND, path)
        return (doc and _seen(ws, doc)) or _insert(ws, path, "")


def every(ws: Workspace) -> list[dict]:
    """All dashboards, trashed ones too, in the order in which they were first seen."""
    for file in sorted(ws.home.files.rglob(f"*{SUFFIX}")):
        if file.is_file():
            at(ws, f"/{file.relative_to(ws.home.files).as_posix()}")
    with ws.store.transaction():
        return [doc for doc in (_seen(ws, each) for each in ws.store.list(KIND)) if doc]


def content(ws: Workspace, doc: dict) -> str:
    """The draft's text."""
    if doc["state"] == TRASHED:
        return doc["content"]
    return _file(ws, doc["path"]).read_text(encoding="utf-8", errors="replace")


def change(
    ws: Workspace,
    dashboard_id: str,
    *,
    etag: str | None = None,
    name: str | None = None,
    warehouse_id: str | None = None,
    text: str | None = None,
) -> dict:
    """Write what is given; None leaves it. The etag moves on with every write, also one that changes nothing.

    Raises 409 when the draft is not the one with this etag any more.
    """
    with ws.store.transaction():
        doc = active(ws, dashboard_id)
        _same(doc, etag)
        path = doc["path"]
        if name is not None and name != display_name(doc):
            path = _path(folder_of(doc), name)
            _free(ws, path)
            tree.move_file(ws, doc["path"], path)
        if text is not None:
            tree.write_file(ws, path, text.encode(), overwrite=True)
        changed = {**doc, "path": path, "warehouse_id": doc["warehouse_id"] if warehouse_id is None else warehouse_id}
        return _keep(ws, _bumped(changed, _digest(ws, path)))


def trash(ws: Workspace, dashboard_id: str) -> None:
    """Its file goes; the document stays to be looked at, with the text. What was published goes too."""
    with ws.store.transaction():
        doc = active(ws, dashboard_id)
        gone = {**doc, "state": TRASHED, "content": content(ws, doc), "published": None}
        ws.store.update(KIND, dashboard_id, gone, name=f"{TRASHED} {dashboard_id}")
        tree.delete(ws, doc["path"], recursive=False)


def active(ws: Workspace, dashboard_id: str) -> dict:
    """Like `require`, for what a trashed dashboard cannot do any more."""
    doc = require(ws, dashboard_id)
    if doc["state"] == TRASHED:
        raise ApiError("INVALID_STATE", f"Dashboard [{dashboard_id}] is in the trash.")
    return doc


def now() -> str:
    return datetime.datetime.now(datetime.UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def display_name(doc: dict) -> str:
    return doc["path"].rpartition("/")[2].removesuffix(SUFFIX)


def folder_of(doc: dict) -> str:
    return doc["path"].rpartition("/")[0] or "/"


def _path(folder: str, name: str) -> str:
    """The path of a dashboard of this name. Raises 400 for a name that cannot be a file's."""
    if not name.strip() or "/" in name:
        raise invalid(f"display_name {name[:80]!r} cannot be used: it must have letters and no slash.")
    return tree.normal(f"{folder.rstrip('/')}/{name}{SUFFIX}")


def _free(ws: Workspace, path: str) -> None:
    if tree.find(ws, path):
        raise exists(f"Node named '{path.rpartition('/')[2]}' already exists")


def _insert(ws: Workspace, path: str, warehouse_id: str) -> dict:
    created = now()
    doc = {
        "dashboard_id": uuid.uuid4().hex, "path": path, "etag": 1, "digest": _digest(ws, path), "state": ACTIVE,
        "warehouse_id": warehouse_id, "created": created, "updated": created, "published": None,
    }  # fmt: skip
    return ws.store.insert(KIND, doc["dashboard_id"], doc, name=path)


def _seen(ws: Workspace, doc: dict) -> dict | None:
    """The document, in step with its file; None, and it is forgotten, if the file is gone."""
    if doc["state"] == TRASHED:
        return doc
    node = tree.find(ws, doc["path"])
    if node is None or node.kind != "DASHBOARD":
        ws.store.delete(KIND, doc["dashboard_id"])
        return None
    digest = _digest(ws, doc["path"])
    return doc if digest == doc["digest"] else _keep(ws, _bumped(doc, digest))


def _bumped(doc: dict, digest: str) -> dict:
    return {**doc, "etag": doc["etag"] + 1, "digest": digest, "updated": now()}


def _keep(ws: Workspace, doc: dict) -> dict:
    return ws.store.update(KIND, doc["dashboard_id"], doc, name=doc["path"])


def _same(doc: dict, etag: str | None) -> None:
    if etag and etag != str(doc["etag"]):
        raise ApiError(
            "RESOURCE_CONFLICT",
            f"Dashboard [{doc['dashboard_id']}] was changed since etag {etag[:40]}: it has etag {doc['etag']} now. "
            "Get it again and repeat the change.",
        )


def _digest(ws: Workspace, path: str) -> str:
    return hashlib.sha256(_file(ws, path).read_bytes()).hexdigest()


def _file(ws: Workspace, path: str):
    return tree.require(ws, path).file
