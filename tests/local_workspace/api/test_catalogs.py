"""Unity Catalog's catalogs and schemas, through databricks-sdk and through SQL, which must see the same things."""

import uuid

import pytest
from databricks.sdk.errors import BadRequest, InvalidParameterValue, NotFound, ResourceAlreadyExists
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.conftest import CATALOG

BAD_NAMES = [
    "",
    "a.b",
    "a b",
    "it's",
    'say "x"',
    "a;drop",
    "`a`",
    "a/b",
    "../a",
    "a__b",
    "_a",
    "a" * 300,
    "naïve",
    "a\0b",
]


@pytest.fixture
def catalog(workspace):
    name = f"c_{uuid.uuid4().hex[:10]}"
    workspace.client.catalogs.create(name, comment="made by a test", properties={"team": "payments"})
    yield name
    try:
        workspace.client.catalogs.delete(name, force=True)
    except NotFound:
        return


def test_a_catalog_is_read_back_listed_and_known_to_sql(workspace, catalog):
    found = workspace.client.catalogs.get(catalog)

    assert (found.comment, found.properties) == ("made by a test", {"team": "payments"})
    assert catalog in [one.name for one in workspace.client.catalogs.list()]
    assert [catalog] in workspace.sql("SHOW CATALOGS")
    assert ["default"] in workspace.sql(f"SHOW SCHEMAS IN {catalog}")


def test_a_second_create_is_refused(workspace, catalog):
    with pytest.raises(ResourceAlreadyExists, match=f"Catalog '{catalog}' already exists"):
        workspace.client.catalogs.create(catalog.upper())


def test_owner_and_comment_change(workspace, catalog):
    changed = workspace.client.catalogs.update(catalog, owner="somebody", comment="new")

    assert (changed.owner, changed.comment) == ("somebody", "new")
    assert workspace.client.catalogs.get(catalog).owner == "somebody"


def test_a_catalog_with_something_in_it_goes_only_by_force(workspace, catalog):
    workspace.client.schemas.create("kept", catalog)
    workspace.sql(f"CREATE TABLE {catalog}.kept.t (n INT)")

    with pytest.raises(BadRequest, match="not empty"):
        workspace.client.catalogs.delete(catalog)
    workspace.client.catalogs.delete(catalog, force=True)

    with pytest.raises(NotFound, match="does not exist"):
        workspace.client.catalogs.get(catalog)
    assert not workspace.client.tables.exists(f"{catalog}.kept.t").table_exists
    assert [catalog] not in workspace.sql("SHOW CATALOGS")


def test_catalogs_come_in_pages(workspace, catalog):
    api = workspace.client.api_client
    first = api.do("GET", "/api/2.1/unity-catalog/catalogs", query={"max_results": 1})

    assert len(first["catalogs"]) == 1
    assert first["next_page_token"]
    assert len(list(workspace.client.catalogs.list(max_results=1))) >= 2


@pytest.mark.parametrize("name", BAD_NAMES)
def test_bad_names_are_refused_with_what_is_allowed(workspace, name):
    for create in (workspace.client.catalogs.create, lambda name: workspace.client.schemas.create(name, CATALOG)):
        with pytest.raises(InvalidParameterValue, match="letters, digits"):
            create(name)


@given(name=st.text(max_size=40))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_name_breaks_the_server(workspace, name):
    body = {"name": f"{name}!", "catalog_name": CATALOG, "schema_name": "default", "volume_type": "MANAGED"}
    for path, asked in (
        ("catalogs", body),
        ("schemas", body),
        ("volumes", body),
        ("functions", {"function_info": body}),
    ):
        with pytest.raises(InvalidParameterValue):
            workspace.client.api_client.do("POST", f"/api/2.1/unity-catalog/{path}", body=asked)


def test_a_schema_is_the_same_through_api_and_sql(workspace):
    name = f"s_{uuid.uuid4().hex[:10]}"
    made = workspace.client.schemas.create(name, CATALOG, comment="it's here", properties={"a": "1"})

    assert (made.full_name, made.comment, made.properties) == (f"{CATALOG}.{name}", "it's here", {"a": "1"})
    assert [name] in workspace.sql(f"SHOW SCHEMAS IN {CATALOG}")
    with pytest.raises(ResourceAlreadyExists):
        workspace.client.schemas.create(name, CATALOG)
    workspace.sql(f"DROP SCHEMA {CATALOG}.{name}")
    with pytest.raises(NotFound):
        workspace.client.schemas.get(f"{CATALOG}.{name}")


def test_a_schema_made_by_sql_is_listed_and_can_change(workspace, schema):
    assert schema in [one.name for one in workspace.client.schemas.list(CATALOG)]
    changed = workspace.client.schemas.update(f"{CATALOG}.{schema}", comment="new", owner="a-group")
    assert (changed.comment, changed.owner) == ("new", "a-group")


def test_a_schema_with_something_in_it_goes_only_by_force(workspace, schema):
    workspace.sql(f"CREATE TABLE {CATALOG}.{schema}.t (n INT)")

    with pytest.raises(BadRequest, match="not empty: it has t"):
        workspace.client.schemas.delete(f"{CATALOG}.{schema}")
    workspace.client.schemas.delete(f"{CATALOG}.{schema}", force=True)
    assert schema not in [one.name for one in workspace.client.schemas.list(CATALOG)]


def test_what_is_missing_says_which_part_is_missing(workspace):
    with pytest.raises(NotFound) as no_catalog:
        workspace.client.schemas.get("no_such_catalog.x")
    with pytest.raises(NotFound) as no_schema:
        workspace.client.schemas.get(f"{CATALOG}.no_such_schema")
    assert no_catalog.value.error_code == "CATALOG_DOES_NOT_EXIST"
    assert no_schema.value.error_code == "SCHEMA_DOES_NOT_EXIST"


def test_the_metastore_answers(workspace):
    summary = workspace.client.metastores.summary()
    assert summary.metastore_id == workspace.client.metastores.current().metastore_id
