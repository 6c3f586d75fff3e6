"""What all Lakebase resources share: names, long-running operations, update masks, times.

A resource is a document whose id is its full name (`projects/p/branches/b`). What a client sends as `spec` is kept as
`settings` and answered as `status`, as the cloud does.
"""

import re
import threading
import uuid
from datetime import UTC, datetime, timedelta

from ..context import Workspace
from ..errors import ApiError, invalid
from .fields import mapping, text
from .paging import page

PREFIX = "/api/2.0/postgres"
LAKEBASE = threading.RLock()
"""Held while a resource changes: two creations of one name never meet."""

_ID = re.compile(r"[a-z]([a-z0-9-]{0,61}[a-z0-9])?")
_DURATION = re.compile(r"(\d{1,12})(\.\d{1,9})?s")


def new_id(fields: dict, field: str, default: str | None = None) -> str:
    """The id that a client chose for a new resource. Raises 400 if it is not an RFC 1123 label."""
    value = text(fields, field, default)
    if not _ID.fullmatch(value):
        raise invalid(
            f"Field '{field}' is {value[:80]!r}: it must be 1-63 characters, start with a lowercase letter, and "
            "contain only lowercase letters, numbers and hyphens (RFC 1123)."
        )
    return value


def spec(fields: dict, required: bool = False) -> dict:
    if required and fields.get("spec") is None:
        raise invalid("Field 'spec' is required.")
    return mapping(fields, "spec")


def require(ws: Workspace, kind: str, name: str) -> dict:
    """The document of a resource. Raises 404 that names what is missing."""
    doc = ws.store.get(f"lakebase_{kind}", name)
    if doc is None:
        raise ApiError("NOT_FOUND", f"{kind} id not found: {name}")
    return doc


def require_child(ws: Workspace, kind: str, project: str, branch: str, child: str) -> dict:
    """The document of a role or database of a branch. Raises 404 that names what is missing."""
    parent = f"projects/{project}/branches/{branch}"
    require(ws, "branch", parent)
    return require(ws, kind, f"{parent}/{kind}s/{child}")


def children(ws: Workspace, kind: str, project: str, branch: str, fields: dict) -> dict:
    """A page of the roles or databases of a branch, as they are answered."""
    parent = f"projects/{project}/branches/{branch}"
    require(ws, "branch", parent)
    items, rest = page(ws.store.list(f"lakebase_{kind}", parent), fields, high=100, size="page_size")
    return {f"{kind}s": [child_answer(doc, kind) for doc in items], **rest}


def child_answer(doc: dict, kind: str) -> dict:
    """A role or database as it is answered: without a uid, its settings as its status."""
    identity = {f"{kind}_id": doc["name"].rpartition("/")[2]}
    answered = {key: value for key, value in shown(doc).items() if key != "uid"}
    return {**answered, **identity, "status": {**identity, **doc["settings"]}}


def insert(ws: Workspace, kind: str, name: str, parent: str, settings: dict, **more) -> dict:
    at = timestamp()
    doc = {"name": name, "uid": str(uuid.uuid4()), "create_time": at, "update_time": at, "settings": settings, **more}
    if parent:
        doc["parent"] = parent
    return ws.store.insert(f"lakebase_{kind}", name, doc, parent=parent)


def update(ws: Workspace, kind: str, name: str, **change) -> dict:
    return ws.store.update(f"lakebase_{kind}", name, {**change, "update_time": timestamp()})


def shown(doc: dict, **more) -> dict:
    """A resource as it is answered: everything but what it keeps for itself."""
    kept = ("name", "parent", "uid", "create_time", "update_time")
    return {key: doc[key] for key in kept if key in doc} | more


def finished(ws: Workspace, name: str, response: dict | None = None) -> dict:
    """A finished operation on a resource, to be read again under its own name."""
    operation = {"name": f"{name}/operations/{uuid.uuid4()}", "done": True, "response": response or {}, "metadata": {}}
    return ws.store.insert("lakebase_operation", operation["name"], operation)


def failed(ws: Workspace, name: str, message: str) -> dict:
    error = {"error_code": "INTERNAL_ERROR", "message": message}
    operation = {"name": f"{name}/operations/{uuid.uuid4()}", "done": True, "error": error, "metadata": {}}
    return ws.store.insert("lakebase_operation", operation["name"], operation)


def server(branch: str) -> str:
    """The name of the database server behind a branch."""
    _, project, _, name = branch.split("/")
    return f"{project}.{name}"


def managed_by_parent(message: str) -> ApiError:
    """The cloud's answer to deleting what only goes with its parent; declarative clients look for the marker."""
    info = {
        "@type": "type.googleapis.com/google.rpc.ErrorInfo", "domain": "databricks.com", "reason": "RESOURCE_CONFLICT",
        "metadata": {"declarative_context": "MANAGED_BY_PARENT"},
    }  # fmt: skip
    return ApiError("BAD_REQUEST", message, details=[info])


def masked(fields: dict, settings: dict, allowed: tuple[str, ...], groups: dict[str, tuple[str, ...]]) -> dict:
    """The settings after an update: only what `update_mask` names changes.

    `groups` are fields of which one excludes the others; the mask names the group.
    """
    given, changed = spec(fields), dict(settings)
    paths = [path.strip() for path in str(fields.get("update_mask") or "spec").split(",") if path.strip()]
    for path in paths:
        name = path.removeprefix("spec.")
        if path in ("*", "spec"):
            for members in groups.values():
                if any(member in given for member in members):
                    changed = {key: value for key, value in changed.items() if key not in members}
            changed.update({key: given[key] for key in given if key in _known(allowed, groups)})
        elif name in groups:
            found = {key: given[key] for key in groups[name] if key in given}
            if not found:
                raise invalid(f"Field '{path}' is in update_mask but not provided in request.")
            changed = {key: value for key, value in changed.items() if key not in groups[name]} | found
        elif name not in allowed or not path.startswith("spec."):
            raise invalid(f"Unknown field path in update_mask: '{path[:80]}'")
        else:
            head, _, leaf = name.partition(".")
            if leaf:
                part = mapping(given, head)
                if leaf not in part:
                    raise invalid(f"Field '{path}' is in update_mask but not provided in request.")
                changed[head] = {**changed.get(head, {}), leaf: part[leaf]}
            elif head not in given:
                raise invalid(f"Field '{path}' is in update_mask but not provided in request.")
            else:
                changed[head] = given[head]
    return changed


def _known(allowed: tuple[str, ...], groups: dict[str, tuple[str, ...]]) -> set[str]:
    return {path.partition(".")[0] for path in allowed} | {member for members in groups.values() for member in members}


def seconds(value: object, field: str, low: float, high: float) -> float:
    """A protobuf duration ("3600s") within bounds."""
    found = _DURATION.fullmatch(str(value))
    number = float(str(value)[:-1]) if found else -1
    if not low <= number <= high:
        raise invalid(f"{field} must be a duration from {low:.0f}s to {high:.0f}s, such as '600s'; got {value!r}.")
    return number


def moment(value: object, field: str) -> datetime:
    """A protobuf timestamp ("2026-11-23T10:00:00Z")."""
    try:
        found = datetime.fromisoformat(str(value).replace("Z", "+00:00"))
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise invalid(f'{field} must be a timestamp such as "2026-11-23T10:00:00Z", got {value!r}.') from error


def timestamp(at: datetime | None = None, after: float = 0) -> str:
    return ((at or datetime.now(UTC)) + timedelta(seconds=after)).strftime("%Y-%m-%dT%H:%M:%SZ")
