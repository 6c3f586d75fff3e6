"""SQL statements about catalogs, volumes, grants and owners, through the statement API."""

import uuid

import pytest
from databricks.sdk.errors import NotFound
from databricks.sdk.service.sql import StatementState

from tests.conftest import CATALOG


@pytest.fixture
def catalog(workspace):
    name = f"c_{uuid.uuid4().hex[:10]}"
    workspace.sql(f"CREATE CATALOG {name} COMMENT 'it''s for a test'")
    yield name
    workspace.sql(f"DROP CATALOG IF EXISTS {name} CASCADE")


def fails(workspace, statement: str, **context) -> str:
    """The message of a statement that must fail."""
    answer = workspace.client.statement_execution.execute_statement(
        statement, workspace.warehouse_id, wait_timeout="50s", **context
    )
    assert answer.status.state == StatementState.FAILED, statement
    return answer.status.error.message


def test_a_catalog_from_creation_to_drop(workspace, catalog):
    told = dict(workspace.sql(f"DESCRIBE CATALOG EXTENDED {catalog}"))
    me = workspace.client.current_user.me().user_name
    assert (told["Catalog Name"], told["Comment"], told["Owner"]) == (catalog, "it's for a test", me)
    workspace.sql(f"CREATE CATALOG IF NOT EXISTS {catalog}")
    assert "already exists" in fails(workspace, f"CREATE CATALOG {catalog}")
    workspace.sql(f"COMMENT ON CATALOG {catalog} IS 'new'")
    workspace.sql(f"ALTER CATALOG {catalog} OWNER TO `the team`")
    found = workspace.client.catalogs.get(catalog)
    assert (found.comment, found.owner) == ("new", "the team")
    workspace.sql(f"DROP CATALOG {catalog}")
    with pytest.raises(NotFound):
        workspace.client.catalogs.get(catalog)
    workspace.sql(f"DROP CATALOG IF EXISTS {catalog}")
    assert "does not exist" in fails(workspace, f"DROP CATALOG {catalog}")


def test_a_catalog_with_tables_is_dropped_only_by_cascade(workspace, catalog):
    workspace.sql(f"CREATE SCHEMA {catalog}.s")
    workspace.sql(f"CREATE TABLE {catalog}.s.t (n INT)")
    assert "CASCADE" in fails(workspace, f"DROP CATALOG {catalog}")
    workspace.sql(f"DROP CATALOG {catalog} CASCADE")
    assert not workspace.client.tables.exists(f"{catalog}.s.t").table_exists


def test_volumes(workspace, schema):
    full = f"{CATALOG}.{schema}"
    workspace.sql(f"CREATE VOLUME {full}.raw_data COMMENT 'landing'")
    workspace.sql(f"CREATE VOLUME {full}.reports")

    assert workspace.sql(f"SHOW VOLUMES IN {full}") == [[schema, "raw_data"], [schema, "reports"]]
    assert workspace.sql(f"SHOW VOLUMES IN {full} LIKE 'raw*'") == [[schema, "raw_data"]]
    [told] = workspace.sql(f"DESCRIBE VOLUME {full}.raw_data")
    assert told[:3] == ["raw_data", CATALOG, schema]
    assert told[5:] == ["MANAGED", "landing"]
    workspace.sql(f"DROP VOLUME {full}.reports")
    workspace.sql(f"DROP VOLUME IF EXISTS {full}.reports")
    assert "does not exist" in fails(workspace, f"DROP VOLUME {full}.reports")
    assert "does not support" in fails(workspace, f"CREATE EXTERNAL VOLUME {full}.x LOCATION 's3://bucket'")


def test_owners_of_tables_and_schemas(workspace, schema):
    full = f"{CATALOG}.{schema}"
    workspace.sql(f"CREATE TABLE {full}.t (n INT)")
    workspace.sql(f"ALTER TABLE {full}.t SET OWNER TO somebody")
    workspace.sql(f"ALTER SCHEMA {full} OWNER TO `some group`")
    assert workspace.client.tables.get(f"{full}.t").owner == "somebody"
    assert workspace.client.schemas.get(full).owner == "some group"


@pytest.mark.parametrize("name", ["`a b`", "`a;b`", "`it's`", "a__b", "`../x`", "a" * 300])
def test_bad_names_are_refused(workspace, name):
    assert "not a valid" in fails(workspace, f"CREATE CATALOG {name}")
    assert "not a valid" in fails(workspace, f"CREATE SCHEMA {CATALOG}.{name}")


def test_a_schema_needs_an_existing_catalog(workspace):
    assert "no_such_catalog" in fails(workspace, "CREATE SCHEMA no_such_catalog.s")
