"""AI/BI dashboards: drafts and what is published of them, `/api/2.0/lakeview/dashboards`."""

from fastapi import APIRouter

from ..errors import invalid, missing, refused
from . import lakeview_drafts as drafts
from . import workspace_tree as tree
from .fields import Current, Payload, flag, text
from .lakeview_content import stored
from .paging import page
from .warehouses import require as require_warehouse

router = APIRouter()
_ROOT = "/api/2.0/lakeview/dashboards"
_ONE = _ROOT + "/{dashboard_id}"
_VIEWS = ("DASHBOARD_VIEW_BASIC", "DASHBOARD_VIEW_FULL")


@router.post(_ROOT)
def create(ws: Current, fields: Payload) -> dict:
    folder = tree.normal(text(fields, "parent_path", f"/Users/{ws.user}"))
    if tree.require(ws, folder).kind != "DIRECTORY":
        raise invalid(f"Path ({folder}) is not a folder.")
    serialized = text(fields, "serialized_dashboard", "") or None
    warehouse_id = _warehouse(ws, fields) or ""
    return _full(ws, drafts.create(ws, folder, text(fields, "display_name"), warehouse_id, serialized, _target(fields)))


@router.get(_ROOT)
def list_dashboards(ws: Current, fields: Payload) -> dict:
    """In both views what is told of each dashboard is its summary; get has its text."""
    if text(fields, "view", _VIEWS[0]) not in _VIEWS:
        raise invalid(f"view must be one of {', '.join(_VIEWS)}.")
    trashed = flag(fields, "show_trashed", False)
    docs = [doc for doc in drafts.every(ws) if trashed or doc["state"] == drafts.ACTIVE]
    items, rest = page(docs, fields, default=20, size="page_size")
    return {"dashboards": [_summary(ws, doc) for doc in items], **rest}


@router.get(_ONE)
def get(ws: Current, dashboard_id: str) -> dict:
    return _full(ws, drafts.require(ws, dashboard_id))


@router.patch(_ONE)
def update(ws: Current, dashboard_id: str, fields: Payload) -> dict:
    doc = drafts.active(ws, dashboard_id)
    if "parent_path" in fields and tree.normal(text(fields, "parent_path")) != drafts.folder_of(doc):
        raise refused("moving a dashboard by its parent_path")
    serialized = text(fields, "serialized_dashboard", "")
    changed = drafts.change(
        ws,
        dashboard_id,
        etag=text(fields, "etag", "") or None,
        name=text(fields, "display_name", "") or None,
        warehouse_id=_warehouse(ws, fields),
        text=stored(serialized, *_target(fields)) if serialized else None,
    )
    return _full(ws, changed)


@router.delete(_ONE)
def trash(ws: Current, dashboard_id: str) -> dict:
    drafts.trash(ws, dashboard_id)
    return {}


@router.post(_ONE + "/published")
def publish(ws: Current, dashboard_id: str, fields: Payload) -> dict:
    """Viewers see the draft as it is now, with their own rights unless `embed_credentials` lends them ours."""
    doc = drafts.active(ws, dashboard_id)
    warehouse_id = _warehouse(ws, fields) or doc["warehouse_id"]
    if not warehouse_id:
        raise invalid("Publishing needs a warehouse_id, as the draft names none.")
    published = {
        "display_name": drafts.display_name(doc), "warehouse_id": warehouse_id,
        "embed_credentials": flag(fields, "embed_credentials", False), "revision_create_time": drafts.now(),
        "serialized_dashboard": drafts.content(ws, doc),
    }  # fmt: skip
    ws.store.update(drafts.KIND, dashboard_id, {"published": published})
    return _published(published)


@router.get(_ONE + "/published")
def get_published(ws: Current, dashboard_id: str) -> dict:
    return _published(_require_published(ws, dashboard_id))


@router.delete(_ONE + "/published")
def unpublish(ws: Current, dashboard_id: str) -> dict:
    drafts.active(ws, dashboard_id)
    ws.store.update(drafts.KIND, dashboard_id, {"published": None})
    return {}


@router.post(_ONE + "/revert")
def revert(ws: Current, dashboard_id: str, fields: Payload) -> dict:
    """The draft becomes what was published last."""
    published = _require_published(ws, dashboard_id)
    etag = text(fields, "etag", "") or None
    doc = drafts.change(ws, dashboard_id, etag=etag, text=published["serialized_dashboard"])
    return {"dashboard": _full(ws, doc)}


def _target(fields: dict) -> tuple[str | None, str | None]:
    return fields.get("dataset_catalog") or None, fields.get("dataset_schema") or None


def _warehouse(ws, fields: dict) -> str | None:
    """The warehouse that the request names, which must be there; None if it names none."""
    warehouse_id = text(fields, "warehouse_id", "")
    return require_warehouse(ws, warehouse_id)["id"] if warehouse_id else None


def _require_published(ws, dashboard_id: str) -> dict:
    published = drafts.require(ws, dashboard_id)["published"]
    if published is None:
        raise missing(f"Unable to find published dashboard [{dashboard_id}]")
    return published


def _published(published: dict) -> dict:
    return {name: value for name, value in published.items() if name != "serialized_dashboard"}


def _summary(ws, doc: dict) -> dict:
    place = {"parent_path": f"/Users/{ws.user}/Trash"}
    if doc["state"] == drafts.ACTIVE:
        place = {"parent_path": drafts.folder_of(doc), "path": doc["path"]}
    told = {
        "dashboard_id": doc["dashboard_id"], "display_name": drafts.display_name(doc), "etag": str(doc["etag"]),
        "lifecycle_state": doc["state"], "create_time": doc["created"], "update_time": doc["updated"], **place,
    }  # fmt: skip
    return told | ({"warehouse_id": doc["warehouse_id"]} if doc["warehouse_id"] else {})


def _full(ws, doc: dict) -> dict:
    return {**_summary(ws, doc), "serialized_dashboard": drafts.content(ws, doc)}
