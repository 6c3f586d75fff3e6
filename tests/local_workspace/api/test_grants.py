"""Privileges: what is granted is served, inherited, and refused where it makes no sense."""

import pytest
from databricks.sdk.errors import InvalidParameterValue, NotFound
from databricks.sdk.service.catalog import PermissionsChange, Privilege

from tests.conftest import CATALOG


@pytest.fixture
def table(workspace, schema):
    workspace.sql(f"CREATE TABLE {CATALOG}.{schema}.t (n INT)")
    return f"{CATALOG}.{schema}.t"


def held(answer) -> dict[str, list[str]]:
    assigned = answer.privilege_assignments or []
    return {one.principal: sorted(privilege.value for privilege in one.privileges) for one in assigned}


def test_privileges_are_added_removed_and_read(workspace, table):
    grants = workspace.client.grants
    changes = [PermissionsChange(principal="readers", add=[Privilege.SELECT, Privilege.MODIFY])]

    assert held(grants.update("TABLE", table, changes=changes)) == {"readers": ["MODIFY", "SELECT"]}
    grants.update("TABLE", table, changes=[PermissionsChange(principal="readers", remove=[Privilege.MODIFY])])
    assert held(grants.get("table", table)) == {"readers": ["SELECT"]}
    assert held(grants.get("TABLE", table, principal="nobody")) == {}


def test_a_table_inherits_from_schema_and_catalog(workspace, table):
    schema = table.rpartition(".")[0]
    workspace.sql(f"GRANT SELECT, USE SCHEMA ON SCHEMA {schema} TO `all readers`")

    effective = workspace.client.grants.get_effective("TABLE", table, principal="all readers")
    [entry] = effective.privilege_assignments
    [told] = entry.privileges
    assert (told.privilege, told.inherited_from_name) == (Privilege.SELECT, schema)
    assert held(workspace.client.grants.get("TABLE", table)) == {}


def test_sql_and_api_see_the_same_grants(workspace, table):
    workspace.sql(f"GRANT SELECT ON TABLE {table} TO analyst@example.com")
    assert held(workspace.client.grants.get("TABLE", table)) == {"analyst@example.com": ["SELECT"]}
    assert workspace.sql(f"SHOW GRANTS ON TABLE {table}") == [["analyst@example.com", "SELECT", "TABLE", table]]
    workspace.sql(f"REVOKE ALL PRIVILEGES ON TABLE {table} FROM analyst@example.com")
    assert workspace.sql(f"SHOW GRANTS ON TABLE {table}") == []


def test_a_privilege_of_another_kind_is_refused_and_nothing_changes(workspace, table):
    changes = [PermissionsChange(principal="r", add=[Privilege.SELECT, Privilege.READ_VOLUME])]
    with pytest.raises(InvalidParameterValue, match="READ_VOLUME.*not applicable to a table"):
        workspace.client.grants.update("TABLE", table, changes=changes)
    assert held(workspace.client.grants.get("TABLE", table)) == {}


def test_a_missing_object_and_an_unknown_kind(workspace):
    with pytest.raises(NotFound):
        workspace.client.grants.get("TABLE", f"{CATALOG}.default.no_such_table")
    with pytest.raises(InvalidParameterValue, match="Securable type"):
        workspace.client.grants.get("CONNECTION", "x")


def test_grants_go_with_the_table(workspace, table):
    workspace.sql(f"GRANT SELECT ON TABLE {table} TO readers")
    workspace.client.tables.delete(table)
    workspace.sql(f"CREATE TABLE {table} (n INT)")
    assert held(workspace.client.grants.get("TABLE", table)) == {}
