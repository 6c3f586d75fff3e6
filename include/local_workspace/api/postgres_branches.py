"""Lakebase branches: each is a database server of its own; a new one starts as a copy of its source."""

from datetime import UTC, datetime

from fastapi import APIRouter

from ..context import Workspace
from ..engines.postgres import Postgres, PostgresError, roles
from ..errors import ApiError, invalid, refused
from . import postgres_databases, postgres_endpoints, postgres_roles
from .fields import Current, Payload, flag, text
from .paging import page
from .postgres_resources import (
    LAKEBASE,
    PREFIX,
    failed,
    finished,
    insert,
    managed_by_parent,
    masked,
    moment,
    new_id,
    require,
    seconds,
    server,
    shown,
    spec,
    timestamp,
    update,
)

router = APIRouter()
_EXPIRATION = ("no_expiry", "ttl", "expire_time")
_GROUPS = {"expiration": _EXPIRATION}
_LONGEST_TTL = 30 * 86400


@router.post(f"{PREFIX}/projects/{{project}}/branches")
def create_branch(ws: Current, project: str, fields: Payload) -> dict:
    parent = f"projects/{project}"
    name = f"{parent}/branches/{new_id(fields, 'branch_id')}"
    given = spec(fields, required=True)
    postgres = ws.postgres
    with LAKEBASE:
        settings = require(ws, "project", parent)["settings"]
        _expire(ws, postgres, parent)
        if ws.store.get("lakebase_branch", name):
            if not flag(fields, "replace_existing", False):
                raise ApiError("ALREADY_EXISTS", "branch with such id already exists")
            doc = update(ws, "branch", name, settings=_checked(given))
            return finished(ws, name, answer(ws, doc))
        checked = _checked(given)
        source = text(given, "source_branch", settings["default_branch"])
        if not source.startswith(f"{parent}/branches/"):
            raise invalid(f"spec.source_branch must be a branch of {parent}, got {source!r}.")
        require(ws, "branch", source)
        try:
            postgres.create(server(name), server(source))
        except PostgresError as error:
            return failed(ws, name, str(error))
        with ws.store.transaction():
            origin = {"source_branch": source, "source_branch_time": timestamp()}
            doc = insert(ws, "branch", name, parent, checked, origin=origin)
            postgres_endpoints.record(ws, name, {})
            postgres_roles.copy(ws, source, name)
            postgres_databases.copy(ws, source, name)
    return finished(ws, name, answer(ws, doc))


@router.get(f"{PREFIX}/projects/{{project}}/branches")
def list_branches(ws: Current, project: str, fields: Payload) -> dict:
    parent = f"projects/{project}"
    require(ws, "project", parent)
    _expire(ws, ws.postgres, parent)
    items, rest = page(ws.store.list("lakebase_branch", parent), fields, high=100, size="page_size")
    return {"branches": [answer(ws, doc) for doc in items], **rest}


@router.get(f"{PREFIX}/projects/{{project}}/branches/{{branch}}")
def get_branch(ws: Current, project: str, branch: str) -> dict:
    require(ws, "project", f"projects/{project}")
    _expire(ws, ws.postgres, f"projects/{project}")
    return answer(ws, require(ws, "branch", f"projects/{project}/branches/{branch}"))


@router.patch(f"{PREFIX}/projects/{{project}}/branches/{{branch}}")
def update_branch(ws: Current, project: str, branch: str, fields: Payload) -> dict:
    name = f"projects/{project}/branches/{branch}"
    with LAKEBASE:
        settings = require(ws, "branch", name)["settings"]
        doc = update(ws, "branch", name, settings=_checked(masked(fields, settings, ("is_protected",), _GROUPS)))
    return finished(ws, name, answer(ws, doc))


@router.delete(f"{PREFIX}/projects/{{project}}/branches/{{branch}}")
def delete_branch(ws: Current, project: str, branch: str) -> dict:
    """Its data goes at once: there is no soft delete here."""
    name = f"projects/{project}/branches/{branch}"
    postgres = ws.postgres
    with LAKEBASE:
        doc = require(ws, "branch", name)
        if doc["settings"].get("is_protected"):
            raise ApiError("BAD_REQUEST", "cannot delete protected branch")
        if "origin" not in doc:
            raise managed_by_parent(
                f"Cannot delete root branch '{name}'. Root branches cannot be deleted independently."
            )
        children = [other["name"] for other in _children(ws, name)]
        if children:
            raise ApiError("BAD_REQUEST", f"cannot delete branch {name}: it has child branches ({', '.join(children)})")
        remove(ws, postgres, name)
    return finished(ws, name)


def start_root(ws: Workspace, postgres: Postgres, name: str) -> None:
    """The server of a project's first branch, with the caller's role and the first database."""
    postgres.create(server(name))
    with postgres.admin(server(name), "template1") as connection:
        connection.execute("CREATE EXTENSION vector")
    with postgres.admin(server(name)) as connection:
        roles.prepare(connection)
        roles.write_role(connection, ws.user, login=True, superuser=True, attributes={})
        roles.create_database(connection, postgres_databases.FIRST, ws.user)


def record_root(ws: Workspace, project: str, name: str, compute: dict, protected: bool) -> None:
    insert(ws, "branch", name, project, {"no_expiry": True, "is_protected": protected})
    postgres_endpoints.record(ws, name, compute)
    postgres_databases.record_first(ws, name, postgres_roles.record_caller(ws, name))


def remove(ws: Workspace, postgres: Postgres, name: str) -> None:
    """Drop a branch: server, data and all that belongs to it."""
    postgres.drop(server(name))
    with ws.store.transaction():
        for kind in ("endpoint", "role", "database"):
            for doc in ws.store.list(f"lakebase_{kind}", name):
                ws.store.delete(f"lakebase_{kind}", doc["name"])
        ws.store.delete("lakebase_credential", name)
        ws.store.delete("lakebase_branch", name)


def answer(ws: Workspace, doc: dict) -> dict:
    settings, branch_id = doc["settings"], doc["name"].rpartition("/")[2]
    status = {
        "branch_id": branch_id,
        "current_state": "READY",
        "state_change_time": doc["create_time"],
        "default": require(ws, "project", doc["parent"])["settings"]["default_branch"] == doc["name"],
        "is_protected": settings.get("is_protected", False),
        **doc.get("origin", {}),
    }
    if settings.get("expire_time"):
        status["expire_time"] = settings["expire_time"]
    return shown(doc, branch_id=branch_id, status=status)


def _checked(given: dict) -> dict:
    for field in ("source_branch_lsn", "source_branch_time", "source_snapshot"):
        if given.get(field):
            raise refused(f"branching from a point in the past or a snapshot (spec.{field})")
    chosen = [field for field in _EXPIRATION if given.get(field) is not None]
    if len(chosen) != 1:
        raise invalid(f"spec needs exactly one of no_expiry, ttl and expire_time; got {', '.join(chosen) or 'none'}.")
    found = {"is_protected": flag(given, "is_protected", False)}
    if chosen == ["no_expiry"]:
        if not flag(given, "no_expiry"):
            raise invalid("spec.no_expiry must be true when it is given; else give ttl or expire_time.")
        return found | {"no_expiry": True}
    if chosen == ["ttl"]:
        return found | {"expire_time": timestamp(after=seconds(given["ttl"], "spec.ttl", 1, _LONGEST_TTL))}
    end = moment(given["expire_time"], "spec.expire_time")
    ahead = (end - datetime.now(UTC)).total_seconds()
    if not 0 < ahead <= _LONGEST_TTL:
        raise invalid("spec.expire_time must lie ahead, 30 days at most.")
    return found | {"expire_time": timestamp(end)}


def _children(ws: Workspace, name: str) -> list[dict]:
    project = name.partition("/branches/")[0]
    return [
        doc for doc in ws.store.list("lakebase_branch", project)
        if doc.get("origin", {}).get("source_branch") == name
    ]  # fmt: skip


def _expire(ws: Workspace, postgres: Postgres, project: str) -> None:
    """Drop the branches of a project whose time is over."""
    with LAKEBASE:
        for doc in ws.store.list("lakebase_branch", project):
            if doc["settings"].get("expire_time", "9") < timestamp() and not _children(ws, doc["name"]):
                remove(ws, postgres, doc["name"])
