"""Lakeflow pipelines: `/api/2.0/pipelines`."""

import re
import time
import uuid
from datetime import UTC, datetime

from fastapi import APIRouter

from ..engines.updates import libraries
from ..engines.updates.updates import wait_idle
from ..errors import ApiError, invalid
from .fields import Current, Payload, flag, mapping, text
from .paging import page

router = APIRouter()
_FILTER = re.compile(r"\s*(name|notebook)\s+(LIKE|=)\s+'((?:[^']|'')*)'\s*|\s*notebook\s*=\s*'((?:[^']|'')*)'\s*", re.I)
_REQUEST_ONLY = (
    "allow_duplicate_names",
    "dry_run",
    "expected_last_modified",
    "run_as",
    "pipeline_id",
    "access_control_list",
)
_STOP_SECONDS = 30.0


@router.post("/api/2.0/pipelines")
def create(ws: Current, fields: Payload) -> dict:
    spec = _spec(fields)
    if flag(fields, "dry_run"):
        return {"effective_settings": spec}
    pipeline_id = str(uuid.uuid4())
    with ws.store.transaction():
        _require_free_name(ws, spec["name"], fields)
        now = int(time.time() * 1000)
        spec["id"] = pipeline_id
        doc = {"pipeline_id": pipeline_id, "spec": spec, "creator": ws.user, "created": now, "last_modified": now}
        ws.store.insert("pipeline", pipeline_id, doc)
    ws.updates.events.add(doc, None, "user_action", f"User {ws.user} created pipeline '{spec['name']}'.")
    return {"pipeline_id": pipeline_id}


@router.get("/api/2.0/pipelines")
def list_pipelines(ws: Current, fields: Payload) -> dict:
    matches = _condition(fields.get("filter"))
    found = [doc for doc in ws.store.list("pipeline") if matches(doc)]
    items, rest = page(found, fields, default=25, high=100)
    return {"statuses": [_status(ws, doc) for doc in items], **rest}


@router.get("/api/2.0/pipelines/{pipeline_id}")
def get(ws: Current, pipeline_id: str) -> dict:
    doc = ws.updates.pipeline(pipeline_id)
    return {**_status(ws, doc), "spec": doc["spec"], "last_modified": doc["last_modified"]}


@router.put("/api/2.0/pipelines/{pipeline_id}")
def edit(ws: Current, pipeline_id: str, fields: Payload) -> dict:
    """Replaces the whole specification, as the cloud does."""
    spec = {**_spec(fields), "id": pipeline_id}
    with ws.store.transaction():
        doc = ws.updates.pipeline(pipeline_id)
        expected = fields.get("expected_last_modified")
        if expected is not None and int(expected) != doc["last_modified"]:
            raise ApiError("RESOURCE_CONFLICT", f"Pipeline {pipeline_id} was changed by somebody else. Read it again.")
        if spec["name"] != doc["spec"]["name"]:
            _require_free_name(ws, spec["name"], fields)
        if spec != doc["spec"]:
            ws.store.update("pipeline", pipeline_id, {"spec": spec, "last_modified": int(time.time() * 1000)})
            ws.updates.events.add(doc, None, "user_action", f"User {ws.user} edited pipeline '{spec['name']}'.")
    return {}


@router.delete("/api/2.0/pipelines/{pipeline_id}")
def delete(ws: Current, pipeline_id: str) -> dict:
    """Deletes the pipeline and, as the cloud does, drops its tables."""
    doc = ws.updates.pipeline(pipeline_id)
    ws.updates.cancel(pipeline_id)
    if not wait_idle(ws.updates, pipeline_id, _STOP_SECONDS):
        raise ApiError("RESOURCE_CONFLICT", f"Pipeline {pipeline_id} is still stopping. Delete it again in a moment.")
    ws.updates.drop_tables(doc)
    ws.updates.forget(pipeline_id)
    ws.store.delete("pipeline", pipeline_id)
    return {}


@router.post("/api/2.0/pipelines/{pipeline_id}/updates")
def start_update(ws: Current, pipeline_id: str, fields: Payload) -> dict:
    cause = str(fields.get("cause") or "API_CALL")
    return {"update_id": ws.updates.start(pipeline_id, fields, cause)}


@router.get("/api/2.0/pipelines/{pipeline_id}/updates")
def list_updates(ws: Current, pipeline_id: str, fields: Payload) -> dict:
    ws.updates.pipeline(pipeline_id)
    found = ws.updates.of(pipeline_id)
    until = fields.get("until_update_id")
    if until:
        place = next((at for at, update in enumerate(found) if update["update_id"] == until), len(found) - 1)
        found = found[: place + 1]
    items, rest = page(found, fields, default=25, high=100)
    return {"updates": items, **rest}


@router.get("/api/2.0/pipelines/{pipeline_id}/updates/{update_id}")
def get_update(ws: Current, pipeline_id: str, update_id: str) -> dict:
    ws.updates.pipeline(pipeline_id)
    return {"update": ws.updates.get(pipeline_id, update_id)}


@router.post("/api/2.0/pipelines/{pipeline_id}/stop")
def stop(ws: Current, pipeline_id: str) -> dict:
    ws.updates.pipeline(pipeline_id)
    ws.updates.cancel(pipeline_id)
    return {}


@router.get("/api/2.0/pipelines/{pipeline_id}/events")
def list_events(ws: Current, pipeline_id: str, fields: Payload) -> dict:
    ws.updates.pipeline(pipeline_id)
    order = fields.get("order_by") or "timestamp desc"
    order = (order[0] if isinstance(order, list) else order).strip().lower()
    if order not in ("timestamp asc", "timestamp desc"):
        raise invalid(f"order_by must be 'timestamp asc' or 'timestamp desc', got {order!r}.")
    found = ws.updates.events.find(pipeline_id, str(fields.get("filter") or ""), newest_first=order.endswith("desc"))
    items, rest = page(found, fields, default=25, high=250)
    return {"events": items, **rest}


def _spec(fields: dict) -> dict:
    """The specification that a request holds, checked. Keys that the local engine has no use for are kept."""
    spec = {key: value for key, value in fields.items() if key not in _REQUEST_ONLY}
    text(spec, "name")
    if not spec.get("catalog"):
        raise invalid("catalog is required: the local workspace has no Hive metastore. Name the pipeline's catalog.")
    schema = spec.get("schema") or spec.get("target")
    if not schema:
        raise invalid("schema is required: name the schema that the pipeline's tables go to.")
    if "." in str(schema):
        raise invalid(f"schema must be one name, without the catalog; got {schema!r}.")
    spec["libraries"] = spec.get("libraries") or []
    libraries.check(spec["libraries"])
    configuration = mapping(spec, "configuration")
    spec["configuration"] = {str(name): _text(value) for name, value in configuration.items()}
    for name in ("continuous", "development", "serverless", "photon"):
        if name in spec:
            spec[name] = flag(spec, name)
    return spec


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _require_free_name(ws, name: str, fields: dict) -> None:
    if not flag(fields, "allow_duplicate_names") and any(
        doc["spec"]["name"] == name for doc in ws.store.list("pipeline")
    ):
        raise ApiError(
            "RESOURCE_CONFLICT",
            f"The pipeline name '{name}' is already used by another pipeline. Choose another one.",
        )


def _status(ws, doc: dict) -> dict:
    updates = ws.updates.of(doc["pipeline_id"])[:5]
    newest = updates[0]["state"] if updates else ""
    return {
        "pipeline_id": doc["pipeline_id"],
        "name": doc["spec"]["name"],
        "state": _STATES.get(newest, "IDLE"),
        "health": "UNHEALTHY" if newest == "FAILED" else "HEALTHY",
        "creator_user_name": doc["creator"],
        "run_as_user_name": doc["creator"],
        "latest_updates": [
            {
                "update_id": update["update_id"],
                "state": update["state"],
                "creation_time": datetime.fromtimestamp(update["creation_time"] / 1000, UTC).isoformat(),
            }
            for update in updates
        ],
    }


_STATES = {
    "CREATED": "STARTING", "QUEUED": "STARTING", "INITIALIZING": "STARTING", "SETTING_UP_TABLES": "RUNNING",
    "RUNNING": "RUNNING", "RESETTING": "RESETTING", "STOPPING": "STOPPING",
}  # fmt: skip


def _condition(condition: str | None):
    """The filter of a listing: name LIKE '...' with % as wildcard, or notebook='...'."""
    if not condition:
        return lambda doc: True
    found = _FILTER.fullmatch(condition)
    if not found:
        raise invalid(f"filter {condition!r} is not understood. Use name LIKE '%text%' or notebook='/path'.")
    wanted = (found[3] if found[3] is not None else found[4]).replace("''", "'")
    if found[1] and found[1].lower() == "name":
        pattern = ".*".join(".".join(map(re.escape, part.split("_"))) for part in wanted.split("%"))
        return lambda doc: re.fullmatch(pattern, doc["spec"]["name"], re.DOTALL) is not None
    return lambda doc: any(
        (library.get("notebook") or {}).get("path") == wanted for library in doc["spec"]["libraries"]
    )
