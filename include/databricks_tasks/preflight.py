"""What must be true before the first step: the workspace answers, privileges are there, a warehouse can be used."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from airflow.providers.common.compat.sdk import AirflowException

from include.settings import Settings

if TYPE_CHECKING:
    from databricks.sdk import WorkspaceClient

_NEEDED = ("USE_CATALOG", "CREATE_SCHEMA")


class PreflightFailed(AirflowException):
    """Says what is missing and the statement or setting that gives it."""


def who_am_i(workspace: WorkspaceClient) -> str:
    """The caller's name. Raises PreflightFailed when the workspace can't be reached or refuses the credentials."""
    from databricks.sdk.errors import PermissionDenied, Unauthenticated

    try:
        return workspace.current_user.me().user_name
    except (Unauthenticated, PermissionDenied) as error:
        raise PreflightFailed(
            f"{workspace.config.host} refuses the credentials of the connection databricks_default: {error}. "
            "Put a valid token into the connection's password."
        ) from error
    except (TimeoutError, OSError) as error:
        raise PreflightFailed(
            f"{workspace.config.host} does not answer: {error}. Is the local workspace running (`make workspace`), "
            "or is the connection's host wrong?"
        ) from error


def require_privileges(workspace: WorkspaceClient, settings: Settings, user: str) -> None:
    """The catalog may be used and schemas be made in it, or it does not exist yet. Raises PreflightFailed."""
    from databricks.sdk.errors import NotFound, PermissionDenied

    name = settings.catalog
    try:
        catalog = workspace.catalogs.get(name)
    except NotFound:
        return
    except PermissionDenied as error:
        raise PreflightFailed(_grants(name, user, _NEEDED)) from error
    if catalog.owner == user:
        return
    effective = workspace.grants.get_effective("catalog", name, principal=user).privilege_assignments or []
    held = {grant.privilege.value for item in effective for grant in item.privileges or [] if grant.privilege}
    lacking = [] if "ALL_PRIVILEGES" in held else [privilege for privilege in _NEEDED if privilege not in held]
    if lacking:
        raise PreflightFailed(_grants(name, user, lacking))


def ensure_warehouse(workspace: WorkspaceClient, settings: Settings, say: Callable[[str], None]) -> str:
    """Id of the SQL warehouse: named by id in the settings, else found by its name, else made, of the smallest size."""
    from databricks.sdk.errors import NotFound

    if settings.warehouse_id:
        try:
            found = workspace.warehouses.get(settings.warehouse_id)
        except NotFound as error:
            raise PreflightFailed(
                f"warehouse_id={settings.warehouse_id}: this workspace has no such SQL warehouse. "
                "Set another id, or none to let the run find or create one by name."
            ) from error
        say(f"SQL warehouse {found.name}")
        return found.id
    for warehouse in workspace.warehouses.list():
        if warehouse.name == settings.warehouse_name:
            say(f"SQL warehouse {warehouse.name}")
            return warehouse.id
    body = {"name": settings.warehouse_name, **settings.warehouse_size}
    created = workspace.api_client.do("POST", "/api/2.0/sql/warehouses", body=body)["id"]
    say(f"created the SQL warehouse {settings.warehouse_name}")
    return created


def _grants(catalog: str, user: str, privileges) -> str:
    wanted = ", ".join(privilege.replace("_", " ") for privilege in privileges)
    grant = f"GRANT {wanted} ON CATALOG {catalog} TO `{user}`"
    return f"{user} lacks privileges on the catalog {catalog}. Its owner can run: {grant}"
