"""Lakebase databases: real databases of a branch's server."""

import secrets

from fastapi import APIRouter

from ..context import Workspace
from ..engines.postgres import roles
from ..errors import ApiError, invalid
from .fields import Current, Payload, flag, text
from .postgres_resources import (
    LAKEBASE,
    PREFIX,
    child_answer,
    children,
    finished,
    insert,
    masked,
    new_id,
    require,
    require_child,
    server,
    spec,
    update,
)
from .postgres_roles import identifier, postgres_role

router = APIRouter()
FIRST = "databricks_postgres"
_BRANCH = f"{PREFIX}/projects/{{project}}/branches/{{branch}}/databases"


@router.post(_BRANCH)
def create_database(ws: Current, project: str, branch: str, fields: Payload) -> dict:
    parent = f"projects/{project}/branches/{branch}"
    require(ws, "branch", parent)
    database_id = new_id(fields, "database_id", f"db-{secrets.token_hex(4)}")
    name = f"{parent}/databases/{database_id}"
    settings = _checked(spec(fields), database_id)
    owner = postgres_role(ws, parent, settings["role"])
    with LAKEBASE, ws.postgres.admin(server(parent)) as connection:
        known = ws.store.get("lakebase_database", name)
        if known and not flag(fields, "replace_existing", False):
            raise ApiError("BAD_REQUEST", "database with that name already exists")
        if known:
            old = known["settings"]["postgres_database"]
            roles.change_database(connection, old, settings["postgres_database"], owner)
            doc = update(ws, "database", name, settings=settings)
        else:
            if roles.database_exists(connection, settings["postgres_database"]):
                raise ApiError("BAD_REQUEST", "database with that name already exists")
            roles.create_database(connection, settings["postgres_database"], owner)
            doc = insert(ws, "database", name, parent, settings)
    return finished(ws, name, child_answer(doc, "database"))


@router.get(_BRANCH)
def list_databases(ws: Current, project: str, branch: str, fields: Payload) -> dict:
    return children(ws, "database", project, branch, fields)


@router.get(f"{_BRANCH}/{{database}}")
def get_database(ws: Current, project: str, branch: str, database: str) -> dict:
    return child_answer(require_child(ws, "database", project, branch, database), "database")


@router.patch(f"{_BRANCH}/{{database}}")
def update_database(ws: Current, project: str, branch: str, database: str, fields: Payload) -> dict:
    with LAKEBASE:
        doc = require_child(ws, "database", project, branch, database)
        old = doc["settings"]["postgres_database"]
        settings = _checked(masked(fields, doc["settings"], ("role", "postgres_database"), {}), database)
        owner = postgres_role(ws, doc["parent"], settings["role"])
        with ws.postgres.admin(server(doc["parent"])) as connection:
            new = settings["postgres_database"]
            if new != old and roles.database_exists(connection, new):
                raise ApiError("BAD_REQUEST", "database with that name already exists")
            roles.change_database(connection, old, new, owner)
        doc = update(ws, "database", doc["name"], settings=settings)
    return finished(ws, doc["name"], child_answer(doc, "database"))


@router.delete(f"{_BRANCH}/{{database}}")
def delete_database(ws: Current, project: str, branch: str, database: str) -> dict:
    with LAKEBASE:
        doc = require_child(ws, "database", project, branch, database)
        with ws.postgres.admin(server(doc["parent"])) as connection:
            roles.drop_database(connection, doc["settings"]["postgres_database"])
        ws.store.delete("lakebase_database", doc["name"])
    return finished(ws, doc["name"])


def record_first(ws: Workspace, branch: str, role: str) -> None:
    """The document of the database that every project has."""
    name = f"{branch}/databases/{FIRST.replace('_', '-')}"
    insert(ws, "database", name, branch, {"postgres_database": FIRST, "role": role})


def copy(ws: Workspace, source: str, branch: str) -> None:
    """A branch starts with the databases of its source."""
    for doc in ws.store.list("lakebase_database", source):
        role = f"{branch}/roles/{doc['settings']['role'].rpartition('/')[2]}"
        settings = {**doc["settings"], "role": role}
        insert(ws, "database", f"{branch}/databases/{doc['name'].rpartition('/')[2]}", branch, settings)


def _checked(given: dict, database_id: str) -> dict:
    if not given.get("role"):
        raise invalid("Field 'database.spec.role' is required, expected non-default value (not \"\")!")
    name = identifier(text(given, "postgres_database", database_id), "spec.postgres_database")
    return {"postgres_database": name, "role": text(given, "role")}
