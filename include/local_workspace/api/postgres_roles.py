"""Lakebase roles: real roles of a branch's database server."""

import re
import secrets

from fastapi import APIRouter
from psycopg import errors as pg

from ..context import Workspace
from ..engines.postgres import roles
from ..errors import ApiError, invalid
from .fields import Current, Payload, flag, listing, mapping, text
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

router = APIRouter()
_BRANCH = f"{PREFIX}/projects/{{project}}/branches/{{branch}}/roles"
_SUPERUSER = "DATABRICKS_SUPERUSER"
_PASSWORD = "PG_PASSWORD_SCRAM_SHA_256"  # noqa: S105 - the name of a method
_METHODS = ("LAKEBASE_OAUTH_V1", _PASSWORD, "NO_LOGIN")
_IDENTITIES = ("USER", "SERVICE_PRINCIPAL", "GROUP")
_ATTRIBUTES = ("bypassrls", "createdb", "createrole")
_SETTABLE = ("attributes", *(f"attributes.{name}" for name in _ATTRIBUTES), "auth_method", "membership_roles")


@router.post(_BRANCH)
def create_role(ws: Current, project: str, branch: str, fields: Payload) -> dict:
    parent = f"projects/{project}/branches/{branch}"
    require(ws, "branch", parent)
    role_id = new_id(fields, "role_id", f"role-{secrets.token_hex(4)}")
    name = f"{parent}/roles/{role_id}"
    settings = _checked(spec(fields), role_id)
    with LAKEBASE:
        known = ws.store.get("lakebase_role", name)
        if known and not flag(fields, "replace_existing", False):
            raise ApiError("BAD_REQUEST", "role with that name already exists")
        taken = [doc for doc in ws.store.list("lakebase_role", parent) if _pg_name(doc) == settings["postgres_role"]]
        if taken and not known:
            raise ApiError("BAD_REQUEST", "role with that name already exists")
        if known and _pg_name(known) != settings["postgres_role"]:
            raise invalid("spec.postgres_role of an existing role cannot change.")
        _write(ws, parent, name, settings)
        doc = update(ws, "role", name, settings=settings) if known else insert(ws, "role", name, parent, settings)
    return finished(ws, name, child_answer(doc, "role"))


@router.get(_BRANCH)
def list_roles(ws: Current, project: str, branch: str, fields: Payload) -> dict:
    return children(ws, "role", project, branch, fields)


@router.get(f"{_BRANCH}/{{role}}")
def get_role(ws: Current, project: str, branch: str, role: str) -> dict:
    return child_answer(require_child(ws, "role", project, branch, role), "role")


@router.patch(f"{_BRANCH}/{{role}}")
def update_role(ws: Current, project: str, branch: str, role: str, fields: Payload) -> dict:
    with LAKEBASE:
        doc = require_child(ws, "role", project, branch, role)
        settings = _checked(masked(fields, doc["settings"], _SETTABLE, {}), role)
        _write(ws, doc["parent"], doc["name"], settings)
        doc = update(ws, "role", doc["name"], settings=settings)
    return finished(ws, doc["name"], child_answer(doc, "role"))


@router.delete(f"{_BRANCH}/{{role}}")
def delete_role(ws: Current, project: str, branch: str, role: str) -> dict:
    with LAKEBASE:
        doc = require_child(ws, "role", project, branch, role)
        try:
            with ws.postgres.admin(server(doc["parent"])) as connection:
                roles.drop_role(connection, _pg_name(doc))
        except pg.DependentObjectsStillExist as error:
            message = f"role {_pg_name(doc)} still owns objects: {error.diag.message_detail}"
            raise ApiError("BAD_REQUEST", message) from error
        ws.store.delete("lakebase_role", doc["name"])
    return finished(ws, doc["name"])


@router.post(f"{_BRANCH}/{{role}}/password")
def reveal_password(ws: Current, project: str, branch: str, role: str) -> dict:
    doc = require_child(ws, "role", project, branch, role)
    if doc["settings"]["auth_method"] != _PASSWORD:
        raise ApiError("BAD_REQUEST", f"role {role} does not authenticate with a password.")
    return {"password": ws.postgres.secret(doc["name"])}


def record_caller(ws: Workspace, branch: str) -> str:
    """The document of the role that a new project has for its creator; its name."""
    role_id = re.sub(r"[^a-z0-9]+", "-", ws.user.lower()).strip("-")
    settings = _checked({"postgres_role": ws.user, "identity_type": "USER", "membership_roles": [_SUPERUSER]}, role_id)
    return insert(ws, "role", f"{branch}/roles/{role_id}", branch, settings)["name"]


def copy(ws: Workspace, source: str, branch: str) -> None:
    """A branch starts with the roles of its source."""
    for doc in ws.store.list("lakebase_role", source):
        insert(ws, "role", f"{branch}/roles/{doc['name'].rpartition('/')[2]}", branch, doc["settings"])


def postgres_role(ws: Workspace, branch: str, name: str) -> str:
    """The name in PostgreSQL of a role resource of this branch."""
    if not name.startswith(f"{branch}/roles/"):
        raise invalid(f"spec.role must be a role of {branch}, such as {branch}/roles/my-role; got {name!r}.")
    return _pg_name(require(ws, "role", name))


def _pg_name(doc: dict) -> str:
    return doc["settings"]["postgres_role"]


def _write(ws: Workspace, branch: str, name: str, settings: dict) -> None:
    role, method = settings["postgres_role"], settings["auth_method"]
    with ws.postgres.admin(server(branch)) as connection:
        superuser = _SUPERUSER in settings["membership_roles"]
        attributes = settings["attributes"]
        roles.write_role(connection, role, login=method != "NO_LOGIN", superuser=superuser, attributes=attributes)
        if method == _PASSWORD:
            roles.set_password(connection, role, ws.postgres.secret(name))


def _checked(given: dict, role_id: str) -> dict:
    identity = given.get("identity_type") or "IDENTITY_TYPE_UNSPECIFIED"
    if identity not in (*_IDENTITIES, "IDENTITY_TYPE_UNSPECIFIED"):
        raise invalid(f"spec.identity_type must be one of {', '.join(_IDENTITIES)}, got {identity!r}.")
    method = given.get("auth_method") or ("LAKEBASE_OAUTH_V1" if identity in _IDENTITIES else _PASSWORD)
    if method not in _METHODS:
        raise invalid(f"spec.auth_method must be one of {', '.join(_METHODS)}, got {method!r}.")
    members = listing(given, "membership_roles")
    if any(member != _SUPERUSER for member in members):
        raise invalid(f"spec.membership_roles may hold {_SUPERUSER} only.")
    attributes = mapping(given, "attributes")
    return {
        "postgres_role": identifier(text(given, "postgres_role", role_id), "spec.postgres_role"),
        "identity_type": identity, "auth_method": method, "membership_roles": members,
        "attributes": {name: flag(attributes, name, False) for name in _ATTRIBUTES},
    }  # fmt: skip


def identifier(value: str, field: str) -> str:
    """A name that PostgreSQL takes for a role or a database, and that is not one of its own."""
    if not value or "\0" in value or len(value.encode()) > 63 or not value.isprintable():
        raise invalid(f"{field} must be a PostgreSQL identifier of 1 to 63 bytes, got {value[:80]!r}.")
    if value.startswith("pg_") or value in ("postgres", "template0", "template1", "workspace_admin", roles.SUPERUSER):
        raise invalid(f"{field}: {value!r} is reserved.")
    return value
