"""Job runs: `/api/2.1/jobs/runs` and `/api/2.2/jobs/runs`."""

from collections.abc import Callable

from fastapi import APIRouter

from ..engines.runs import describe
from ..engines.runs.states import final
from ..errors import ApiError, invalid, refused
from .fields import Current, Payload, flag, listing, whole
from .paging import page

router = APIRouter()
_TASKS = 100


def both(method: str, path: str) -> Callable:
    """Serve a handler under both versions of the Jobs API: they take and give the same fields."""

    def register(handler: Callable) -> Callable:
        for version in ("2.1", "2.2"):
            router.add_api_route(f"/api/{version}/jobs/runs{path}", handler, methods=[method])
        return handler

    return register


@both("POST", "/submit")
def submit(ws: Current, fields: Payload) -> dict:
    if fields.get("git_source"):
        raise refused("runs from a Git source")
    return {"run_id": ws.runs.submit(fields)}


@both("GET", "/get")
def get(ws: Current, fields: Payload) -> dict:
    run_id = whole(fields, "run_id")
    task = ws.runs.task(run_id)
    if task:
        return describe.task_run(ws, ws.runs.get(task["job_run_id"]), task)
    doc = ws.runs.get(run_id)
    attempts = ws.runs.attempts(run_id)
    history = flag(fields, "include_history")
    shown = attempts if history else list(ws.runs.newest_attempts(run_id).values())
    items, rest = page(shown, {**fields, "max_results": _TASKS}, default=_TASKS)
    answer = {**describe.run(ws, doc, items), **rest}
    if history:
        answer["repair_history"] = describe.repairs(doc, attempts)
    return answer


@both("GET", "/get-output")
def get_output(ws: Current, fields: Payload) -> dict:
    run_id = whole(fields, "run_id")
    task = ws.runs.task(run_id)
    if task is None:
        tasks = list(ws.runs.newest_attempts(ws.runs.get(run_id)["run_id"]).values())
        if len(tasks) != 1:
            raise invalid(
                "Retrieving the output of runs with multiple tasks is not supported. Please retrieve the output of "
                "each individual task run instead."
            )
        task = tasks[0]
    return describe.output(ws, ws.runs.get(task["job_run_id"]), task)


@both("GET", "/list")
def list_runs(ws: Current, fields: Payload) -> dict:
    docs = ws.store.list("run", newest_first=True)
    active, completed = flag(fields, "active_only"), flag(fields, "completed_only")
    if active and completed:
        raise invalid("active_only and completed_only cannot both be true.")
    since, until = whole(fields, "start_time_from", 0), whole(fields, "start_time_to", 2**53)
    wanted = [
        doc
        for doc in docs
        if (not active or not final(doc))
        and (not completed or final(doc))
        and (fields.get("job_id") is None or doc["job_id"] == whole(fields, "job_id"))
        and (fields.get("run_type") is None or doc["run_type"] == fields["run_type"])
        and since <= doc["start_time"] <= until
    ]
    items, rest = page(wanted[whole(fields, "offset", 0, low=0) :], fields, default=20, high=25, size="limit")
    expand = flag(fields, "expand_tasks")
    runs = [describe.run(ws, doc, _newest(ws, doc) if expand else [], full=expand) for doc in items]
    return {"runs": runs, "has_more": bool(rest), **rest}


@both("POST", "/cancel")
def cancel(ws: Current, fields: Payload) -> dict:
    ws.runs.cancel(whole(fields, "run_id"))
    return {}


@both("POST", "/cancel-all")
def cancel_all(ws: Current, fields: Payload) -> dict:
    if fields.get("job_id") is None and not flag(fields, "all_queued_runs"):
        raise invalid("Give job_id, or all_queued_runs.")
    job_id = whole(fields, "job_id") if fields.get("job_id") is not None else None
    ws.runs.cancel_all(job_id, queued_only=flag(fields, "all_queued_runs"))
    return {}


@both("POST", "/delete")
def delete(ws: Current, fields: Payload) -> dict:
    ws.runs.delete(whole(fields, "run_id"))
    return {}


@both("GET", "/export")
def export() -> dict:
    raise refused("exporting a run as HTML; get-output has its result and logs")


@both("POST", "/repair")
def repair(ws: Current, fields: Payload) -> dict:
    """Run failed tasks again, and with them what depends on them."""
    run_id = whole(fields, "run_id")
    doc = ws.runs.get(run_id)
    if not final(doc):
        raise ApiError("INVALID_STATE", f"Run {run_id} is active. It can be repaired when it has ended.")
    latest = doc["repairs"][-1]["id"] if doc["repairs"] else None
    given = fields.get("latest_repair_id")
    if latest is not None and (given is None or int(given) != latest):
        raise invalid(f"latest_repair_id must be {latest}, the id of the newest repair of run {run_id}; got {given}.")
    newest = ws.runs.newest_attempts(run_id)
    keys = {str(key) for key in listing(fields, "rerun_tasks")}
    unknown = keys - newest.keys()
    if unknown:
        raise invalid(f"Run {run_id} has no task {', '.join(sorted(unknown))}.")
    if flag(fields, "rerun_all_failed_tasks"):
        keys |= {key for key, task in newest.items() if task["state"]["result"] not in ("SUCCESS", "EXCLUDED")}
    if not keys:
        raise invalid("Nothing to repair: name rerun_tasks, or set rerun_all_failed_tasks on a run with failed tasks.")
    if flag(fields, "rerun_dependent_tasks"):
        keys = _with_dependents(doc["specs"], keys)
    return {"repair_id": ws.runs.repair(run_id, keys, fields)}


def _newest(ws, doc: dict) -> list[dict]:
    return list(ws.runs.newest_attempts(doc["run_id"]).values())


def _with_dependents(specs: list[dict], keys: set[str]) -> set[str]:
    while True:
        more = {
            spec["task_key"] for spec in specs if any(edge["task_key"] in keys for edge in spec.get("depends_on") or [])
        }
        if more <= keys:
            return keys
        keys = keys | more
