"""Lakebase endpoints: the read-write compute of a branch is its database server."""

from fastapi import APIRouter

from ..context import Workspace
from ..errors import ApiError, invalid, refused
from . import postgres_computes
from .fields import Current, Payload, flag, text
from .paging import page
from .postgres_resources import (
    LAKEBASE,
    PREFIX,
    finished,
    insert,
    managed_by_parent,
    masked,
    new_id,
    require,
    server,
    shown,
    spec,
    update,
)

router = APIRouter()
_BRANCH = f"{PREFIX}/projects/{{project}}/branches/{{branch}}/endpoints"
_READ_WRITE = "ENDPOINT_TYPE_READ_WRITE"
_SETTABLE = ("autoscaling_limit_max_cu", "autoscaling_limit_min_cu", "disabled", "endpoint_type")


@router.post(_BRANCH)
def create_endpoint(ws: Current, project: str, branch: str, fields: Payload) -> dict:
    parent = f"projects/{project}/branches/{branch}"
    require(ws, "branch", parent)
    name = f"{parent}/endpoints/{new_id(fields, 'endpoint_id')}"
    settings = _checked(spec(fields, required=True))
    with LAKEBASE:
        if ws.store.get("lakebase_endpoint", name):
            if not flag(fields, "replace_existing", False):
                raise ApiError("ALREADY_EXISTS", "endpoint with such id already exists")
            return finished(ws, name, answer(ws, _change(ws, name, settings)))
        raise ApiError("BAD_REQUEST", f"branch {parent} already has a read-write endpoint; a branch can only have one")


@router.get(_BRANCH)
def list_endpoints(ws: Current, project: str, branch: str, fields: Payload) -> dict:
    parent = f"projects/{project}/branches/{branch}"
    require(ws, "branch", parent)
    items, rest = page(ws.store.list("lakebase_endpoint", parent), fields, high=100, size="page_size")
    return {"endpoints": [answer(ws, doc) for doc in items], **rest}


@router.get(f"{_BRANCH}/{{endpoint}}")
def get_endpoint(ws: Current, project: str, branch: str, endpoint: str) -> dict:
    return answer(ws, _find(ws, project, branch, endpoint))


@router.patch(f"{_BRANCH}/{{endpoint}}")
def update_endpoint(ws: Current, project: str, branch: str, endpoint: str, fields: Payload) -> dict:
    with LAKEBASE:
        doc = _find(ws, project, branch, endpoint)
        settings = _checked(masked(fields, doc["settings"], _SETTABLE, postgres_computes.GROUPS))
        return finished(ws, doc["name"], answer(ws, _change(ws, doc["name"], settings)))


@router.delete(f"{_BRANCH}/{{endpoint}}")
def delete_endpoint(ws: Current, project: str, branch: str, endpoint: str) -> dict:
    name = _find(ws, project, branch, endpoint)["name"]
    raise managed_by_parent(f"Cannot delete read-write endpoint '{name}'. Read-write endpoints cannot be deleted.")


def record(ws: Workspace, branch: str, compute: dict) -> None:
    """The endpoint that every new branch has."""
    insert(ws, "endpoint", f"{branch}/endpoints/primary", branch, {"endpoint_type": _READ_WRITE, **compute})


def answer(ws: Workspace, doc: dict) -> dict:
    settings, endpoint_id = doc["settings"], doc["name"].rpartition("/")[2]
    project = require(ws, "project", doc["parent"].partition("/branches/")[0])
    disabled = settings.get("disabled", False)
    host = ws.postgres.address(server(doc["parent"]))
    status = {
        "endpoint_id": endpoint_id,
        "endpoint_type": _READ_WRITE,
        "current_state": "IDLE" if disabled else "ACTIVE",
        "disabled": disabled,
        "hosts": {"host": host},
        "group": {"min": 1, "max": 1, "enable_readable_secondaries": False},
        "settings": {},
        **postgres_computes.effective(_compute(settings), project["settings"].get("default_endpoint_settings", {})),
    }
    return shown(doc, endpoint_id=endpoint_id, status=status)


def _find(ws: Workspace, project: str, branch: str, endpoint: str) -> dict:
    parent = f"projects/{project}/branches/{branch}"
    require(ws, "project", f"projects/{project}")
    require(ws, "branch", parent)
    return require(ws, "endpoint", f"{parent}/endpoints/{endpoint}")


def _change(ws: Workspace, name: str, settings: dict) -> dict:
    """Keep the settings; a disabled endpoint's server does not run."""
    branch = name.partition("/endpoints/")[0]
    ws.postgres.switch(server(branch), not settings["disabled"])
    return update(ws, "endpoint", name, settings=settings)


def _checked(given: dict) -> dict:
    kind = text(given, "endpoint_type", _READ_WRITE)
    if kind == "ENDPOINT_TYPE_READ_ONLY":
        raise refused("read-only Lakebase endpoints")
    if kind != _READ_WRITE:
        raise invalid(f"spec.endpoint_type must be {_READ_WRITE}, got {kind!r}.")
    if given.get("group") and (given["group"].get("max", 1), given["group"].get("min", 1)) != (1, 1):
        raise refused("Lakebase endpoints with more than one compute (spec.group)")
    if (given.get("settings") or {}).get("pg_settings"):
        raise refused("PostgreSQL settings of an endpoint (spec.settings.pg_settings)")
    disabled = flag(given, "disabled", False)
    return {"endpoint_type": kind, "disabled": disabled, **postgres_computes.checked(given)}


def _compute(settings: dict) -> dict:
    return {key: value for key, value in settings.items() if key not in ("endpoint_type", "disabled")}
