"""Stored jobs: `/api/2.1/jobs` and `/api/2.2/jobs`, and their permissions."""

import time
from collections.abc import Callable

from fastapi import APIRouter

from ..engines.runs import specs
from ..errors import invalid, missing, refused
from .fields import Current, Payload, flag, listing, mapping, text, whole
from .paging import page

router = APIRouter()
_PERMISSIONS = ("CAN_VIEW", "CAN_MANAGE_RUN", "CAN_MANAGE", "IS_OWNER")


def both(method: str, path: str) -> Callable:
    """Serve a handler under both versions of the Jobs API: they take and give the same fields."""

    def register(handler: Callable) -> Callable:
        for version in ("2.1", "2.2"):
            router.add_api_route(f"/api/{version}/jobs{path}", handler, methods=[method])
        return handler

    return register


@both("POST", "/create")
def create(ws: Current, fields: Payload) -> dict:
    job_id = ws.store.next_number("run")
    _store(ws, job_id, _settings({"name": "Untitled", **fields}))
    return {"job_id": job_id}


@both("GET", "/get")
def get(ws: Current, fields: Payload) -> dict:
    doc = _job(ws, fields)
    tasks, rest = page(doc["settings"].get("tasks", []), fields, size="tasks_page")
    settings = {**doc["settings"], "tasks": tasks}
    return {**_describe(doc), "settings": settings, "run_as_user_name": doc["creator_user_name"], **rest}


@both("GET", "/list")
def list_jobs(ws: Current, fields: Payload) -> dict:
    name = fields.get("name")
    docs = ws.store.list("job", newest_first=True)
    if name is not None:
        docs = [doc for doc in docs if doc["settings"].get("name", "").lower() == str(name).lower()]
    docs = docs[whole(fields, "offset", 0, low=0) :]
    items, rest = page(docs, fields, default=20, high=100, size="limit")
    expand = flag(fields, "expand_tasks")
    return {"jobs": [_describe(doc, expand) for doc in items], "has_more": bool(rest), **rest}


@both("POST", "/reset")
def reset(ws: Current, fields: Payload) -> dict:
    """Replace all settings."""
    doc = _job(ws, fields)
    settings = _settings(mapping(fields, "new_settings"))
    ws.store.update("job", str(doc["job_id"]), {"settings": settings})
    return {}


@both("POST", "/update")
def update(ws: Current, fields: Payload) -> dict:
    """Change some settings: tasks by their key, the rest as a whole; fields_to_remove goes last."""
    doc = _job(ws, fields)
    changes = {name: value for name, value in mapping(fields, "new_settings").items() if value is not None}
    settings = {**doc["settings"], **changes}
    if "tasks" in changes:
        merged = {task["task_key"]: task for task in doc["settings"].get("tasks", [])}
        merged |= {task["task_key"]: task for task in changes["tasks"]}
        settings["tasks"] = list(merged.values())
    for path in listing(fields, "fields_to_remove"):
        name, _, key = str(path).partition("/")
        if name == "tasks" and key:
            settings["tasks"] = [task for task in settings["tasks"] if task["task_key"] != key]
        else:
            settings.pop(name, None)
    ws.store.update("job", str(doc["job_id"]), {"settings": _settings(settings)})
    return {}


@both("POST", "/delete")
def delete(ws: Current, fields: Payload) -> dict:
    doc = _job(ws, fields)
    ws.runs.cancel_all(doc["job_id"])
    ws.store.delete("job", str(doc["job_id"]))
    return {}


@both("POST", "/run-now")
def run_now(ws: Current, fields: Payload) -> dict:
    for name in (
        "jar_params",
        "python_params",
        "spark_submit_params",
        "python_named_params",
        "sql_params",
        "dbt_commands",
    ):
        if fields.get(name):
            raise refused(f"{name} of run-now; use job_parameters")
    if fields.get("only"):
        raise refused("`only` of run-now")
    run_id = ws.runs.run_now(whole(fields, "job_id"), fields)
    return {"run_id": run_id, "number_in_job": run_id}


@router.get("/api/2.0/permissions/jobs/{job_id}")
def permissions(ws: Current, job_id: int) -> dict:
    doc = _job(ws, {"job_id": job_id})
    entries = [
        {
            **entry["principal"],
            "all_permissions": [{"permission_level": entry["level"], "inherited": False}],
        }
        for entry in doc["permissions"]
    ]
    return {"object_id": f"/jobs/{job_id}", "object_type": "job", "access_control_list": entries}


@router.patch("/api/2.0/permissions/jobs/{job_id}")
def update_permissions(ws: Current, job_id: int, fields: Payload) -> dict:
    given = _entries(fields)
    kept = [entry for entry in _job(ws, {"job_id": job_id})["permissions"]
            if entry["principal"] not in [new["principal"] for new in given]
            and not (entry["level"] == "IS_OWNER" and any(new["level"] == "IS_OWNER" for new in given))]  # fmt: skip
    ws.store.update("job", str(job_id), {"permissions": kept + given})
    return permissions(ws, job_id)


@router.put("/api/2.0/permissions/jobs/{job_id}")
def set_permissions(ws: Current, job_id: int, fields: Payload) -> dict:
    given = _entries(fields)
    if not any(entry["level"] == "IS_OWNER" for entry in given):
        given = [entry for entry in _job(ws, {"job_id": job_id})["permissions"] if entry["level"] == "IS_OWNER"] + given
    _job(ws, {"job_id": job_id})
    ws.store.update("job", str(job_id), {"permissions": given})
    return permissions(ws, job_id)


@router.get("/api/2.0/permissions/jobs/{job_id}/permissionLevels")
def permission_levels(ws: Current, job_id: int) -> dict:
    _job(ws, {"job_id": job_id})
    return {"permission_levels": [{"permission_level": level, "description": level} for level in _PERMISSIONS]}


def _settings(fields: dict) -> dict:
    """Checked settings, stored as they were sent; a schedule would never fire here and is refused."""
    settings = {name: value for name, value in fields.items() if value is not None and name != "access_control_list"}
    for name in ("schedule", "trigger", "continuous", "triggers"):
        if settings.get(name) and mapping(settings, name).get("pause_status") != "PAUSED":
            raise refused(f"jobs with an active {name}; Airflow is the scheduler. Set its pause_status to PAUSED")
    if settings.get("git_source"):
        raise refused("jobs from a Git source")
    if listing(settings, "tasks"):
        for task in specs.tasks(settings):
            specs.dependencies(task, listing(settings, "environments"))
    for entry in listing(settings, "parameters"):
        text(entry, "name")
    settings.setdefault("max_concurrent_runs", 1)
    settings["format"] = "MULTI_TASK"
    return settings


def _store(ws, job_id: int, settings: dict) -> None:
    owner = [{"principal": {"user_name": ws.user}, "level": "IS_OWNER"}]
    doc = {
        "job_id": job_id, "settings": settings, "creator_user_name": ws.user, "created_time": int(time.time() * 1000),
        "permissions": owner,
    }  # fmt: skip
    ws.store.insert("job", str(job_id), doc)


def _job(ws, fields: dict) -> dict:
    job_id = whole(fields, "job_id")
    doc = ws.store.get("job", str(job_id))
    if doc is None:
        # Databricks answers 400 INVALID_PARAMETER_VALUE here; the SDK makes ResourceDoesNotExist of the text.
        raise missing(f"Job {job_id} does not exist.", "INVALID_PARAMETER_VALUE")
    return doc


def _describe(doc: dict, expand: bool = True) -> dict:
    hidden = () if expand else ("tasks", "job_clusters", "environments", "parameters")
    settings = {name: value for name, value in doc["settings"].items() if name not in hidden}
    return {**{name: doc[name] for name in ("job_id", "creator_user_name", "created_time")}, "settings": settings}


def _entries(fields: dict) -> list[dict]:
    found = []
    for entry in listing(fields, "access_control_list"):
        principals = {
            name: entry[name] for name in ("user_name", "group_name", "service_principal_name") if entry.get(name)
        }
        if len(principals) != 1 or entry.get("permission_level") not in _PERMISSIONS:
            raise invalid(f"Each entry needs one principal and a permission_level of {', '.join(_PERMISSIONS)}.")
        found.append({"principal": principals, "level": entry["permission_level"]})
    return found
