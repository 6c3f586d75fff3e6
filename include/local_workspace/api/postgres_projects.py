"""Lakebase projects. Creating one makes its branch `production`, its endpoint, its database and the caller's role."""

from fastapi import APIRouter

from ..context import Workspace
from ..engines.postgres import PostgresError
from ..errors import ApiError, invalid
from . import postgres_branches, postgres_computes
from .fields import Current, Payload, flag, listing, mapping, text, whole
from .paging import page
from .postgres_resources import (
    LAKEBASE,
    PREFIX,
    failed,
    finished,
    insert,
    masked,
    new_id,
    require,
    seconds,
    shown,
    spec,
    update,
)

router = APIRouter()
PG_VERSION = 18
_ACCEPTED_VERSIONS = (16, 17, 18)
_SETTABLE = (
    "budget_policy_id",
    "custom_tags",
    "default_branch",
    "default_endpoint_settings",
    "default_endpoint_settings.autoscaling_limit_max_cu",
    "default_endpoint_settings.autoscaling_limit_min_cu",
    "default_endpoint_settings.suspension",
    "display_name",
    "enable_pg_native_login",
    "history_retention_duration",
)


@router.post(f"{PREFIX}/projects")
def create_project(ws: Current, fields: Payload) -> dict:
    project_id = new_id(fields, "project_id")
    name = f"projects/{project_id}"
    settings = _checked(spec(fields))
    initial = postgres_computes.checked(mapping(fields, "initial_endpoint_spec"), "initial_endpoint_spec")
    protected = flag(mapping(fields, "initial_branch_spec"), "is_protected", False)
    postgres = ws.postgres
    with LAKEBASE:
        if ws.store.get("lakebase_project", name):
            raise ApiError("ALREADY_EXISTS", "project with such id already exists in the workspace")
        branch = f"{name}/branches/production"
        try:
            postgres_branches.start_root(ws, postgres, branch)
        except PostgresError as error:
            return failed(ws, name, str(error))
        settings["default_branch"] = branch
        with ws.store.transaction():
            doc = insert(ws, "project", name, "", settings, owner=ws.user)
            postgres_branches.record_root(ws, name, branch, initial, protected)
    return finished(ws, name, answer(ws, doc))


@router.get(f"{PREFIX}/projects")
def list_projects(ws: Current, fields: Payload) -> dict:
    items, rest = page(ws.store.list("lakebase_project"), fields, high=100, size="page_size")
    return {"projects": [answer(ws, doc) for doc in items], **rest}


@router.get(f"{PREFIX}/projects/{{project}}")
def get_project(ws: Current, project: str) -> dict:
    return answer(ws, require(ws, "project", f"projects/{project}"))


@router.patch(f"{PREFIX}/projects/{{project}}")
def update_project(ws: Current, project: str, fields: Payload) -> dict:
    name = f"projects/{project}"
    with LAKEBASE:
        settings = require(ws, "project", name)["settings"]
        asked = _checked(masked(fields, settings, _SETTABLE, {}))
        if asked["default_branch"] != settings["default_branch"]:
            require(ws, "branch", str(asked["default_branch"]))
        doc = update(ws, "project", name, settings=asked)
    return finished(ws, name, answer(ws, doc))


@router.delete(f"{PREFIX}/projects/{{project}}")
def delete_project(ws: Current, project: str) -> dict:
    """Everything goes at once, data included: there is no soft delete here."""
    name = f"projects/{project}"
    postgres = ws.postgres
    with LAKEBASE:
        require(ws, "project", name)
        branches = ws.store.list("lakebase_branch", name)
        for branch in branches:
            if branch["settings"].get("is_protected"):
                raise ApiError("BAD_REQUEST", f"cannot delete the project: its branch {branch['name']} is protected")
        for branch in branches:
            postgres_branches.remove(ws, postgres, branch["name"])
        ws.store.delete("lakebase_project", name)
    return finished(ws, name)


def answer(ws: Workspace, doc: dict) -> dict:
    settings = doc["settings"]
    project_id = doc["name"].removeprefix("projects/")
    status = {
        "project_id": project_id,
        "display_name": settings.get("display_name", project_id),
        "default_branch": settings["default_branch"],
        "pg_version": PG_VERSION,
        "history_retention_duration": settings.get("history_retention_duration", "604800s"),
        "enable_pg_native_login": settings.get("enable_pg_native_login", False),
        "owner": doc["owner"],
        "default_endpoint_settings": postgres_computes.effective(settings.get("default_endpoint_settings", {}), {}),
    }
    status |= {key: settings[key] for key in ("custom_tags", "budget_policy_id") if key in settings}
    return shown(doc, project_id=project_id, status=status)


def _checked(given: dict) -> dict:
    """The settings of a project's spec. Raises 400 naming the field."""
    found = {}
    if given.get("display_name") is not None:
        found["display_name"] = text(given, "display_name")
        if not 1 <= len(found["display_name"]) <= 256:
            raise invalid("spec.display_name must have 1 to 256 characters.")
    if given.get("pg_version") is not None:
        found["pg_version"] = whole(given, "pg_version")
        if found["pg_version"] not in _ACCEPTED_VERSIONS:
            raise invalid(f"spec.pg_version must be one of {_ACCEPTED_VERSIONS}, got {found['pg_version']}.")
    if given.get("history_retention_duration") is not None:
        seconds(given["history_retention_duration"], "spec.history_retention_duration", 172800, 3024000)
        found["history_retention_duration"] = str(given["history_retention_duration"])
    if given.get("default_endpoint_settings") is not None:
        settings = mapping(given, "default_endpoint_settings")
        found["default_endpoint_settings"] = postgres_computes.checked(settings, "spec.default_endpoint_settings")
    if given.get("enable_pg_native_login") is not None:
        found["enable_pg_native_login"] = flag(given, "enable_pg_native_login")
    if given.get("custom_tags") is not None:
        found["custom_tags"] = listing(given, "custom_tags")
    for field in ("budget_policy_id", "default_branch"):
        if given.get(field) is not None:
            found[field] = text(given, field)
    return found
