"""The checks before the first step: what is missing is named with what gives it."""

import uuid

import pytest
from databricks.sdk import WorkspaceClient
from databricks.sdk.core import Config
from databricks.sdk.service.catalog import Privilege

from include.databricks_tasks.preflight import PreflightFailed, ensure_warehouse, require_privileges, who_am_i
from include.settings import resolve


def test_a_wrong_token_is_named_as_such(workspace):
    stranger = WorkspaceClient(config=Config(host=workspace.host, token="wrong", retry_timeout_seconds=5))

    with pytest.raises(PreflightFailed, match="refuses the credentials.*password"):
        who_am_i(stranger)


def test_a_workspace_that_does_not_run_is_named_with_what_to_do():
    nobody = WorkspaceClient(config=Config(host="http://127.0.0.1:1", token="x", retry_timeout_seconds=2))

    with pytest.raises(PreflightFailed, match="make workspace"):
        who_am_i(nobody)


def test_missing_privileges_come_with_the_grant_that_gives_them(workspace):
    name = f"c_{uuid.uuid4().hex[:8]}"
    workspace.sql(f"CREATE CATALOG {name}")
    workspace.client.catalogs.update(name, owner="somebody@else")
    settings = resolve({"catalog": name})

    with pytest.raises(PreflightFailed, match=f"GRANT USE CATALOG, CREATE SCHEMA ON CATALOG {name} TO `you@"):
        require_privileges(workspace.client, settings, "you@local.workspace")

    workspace.sql(f"GRANT USE CATALOG, CREATE SCHEMA ON CATALOG {name} TO `you@local.workspace`")
    require_privileges(workspace.client, settings, "you@local.workspace")
    held = workspace.client.grants.get("catalog", name).privilege_assignments
    assert {grant for item in held for grant in item.privileges} == {Privilege.USE_CATALOG, Privilege.CREATE_SCHEMA}


def test_the_warehouse_is_made_once_and_found_by_name_afterwards(workspace):
    settings = resolve({"warehouse_name": f"w-{uuid.uuid4().hex[:8]}"})

    first = ensure_warehouse(workspace.client, settings, print)
    assert ensure_warehouse(workspace.client, settings, print) == first


def test_an_unknown_warehouse_id_is_named(workspace):
    with pytest.raises(PreflightFailed, match="warehouse_id=0123"):
        ensure_warehouse(workspace.client, resolve({"warehouse_id": "0123"}), print)
