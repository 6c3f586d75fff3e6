"""Tables, views and functions that SQL made, as the Unity Catalog API shows them."""

import time

import pytest
from databricks.sdk.errors import BadRequest, InvalidParameterValue, NotFound, ResourceAlreadyExists
from databricks.sdk.service.catalog import (
    ColumnTypeName,
    CreateFunction,
    CreateFunctionParameterStyle,
    CreateFunctionRoutineBody,
    CreateFunctionSecurityType,
    CreateFunctionSqlDataAccess,
    DataSourceFormat,
    FunctionParameterInfo,
    FunctionParameterInfos,
    TableType,
)

from tests.conftest import CATALOG

METRICS = """CREATE VIEW {name} WITH METRICS LANGUAGE YAML AS $$
version: 0.1
source: {source}
dimensions:
  - name: day
    expr: day
measures:
  - name: total
    expr: SUM(amount)
$$"""


@pytest.fixture
def full(workspace, schema):
    """A schema with a table, a view and a metric view; its full name."""
    full = f"{CATALOG}.{schema}"
    workspace.sql(
        f"CREATE TABLE {full}.payments (id BIGINT NOT NULL COMMENT 'the id', day DATE, amount DECIMAL(12,2), "
        "tags ARRAY<STRING>, code VARCHAR(8)) COMMENT 'all payments' TBLPROPERTIES ('owner.team' = 'a, b=c')"
    )
    workspace.sql(f"CREATE VIEW {full}.v_payments COMMENT 'a view' AS SELECT id, amount\nFROM {full}.payments")
    workspace.sql(METRICS.format(name=f"{full}.m_payments", source=f"{full}.payments"))
    return full


def test_a_table_has_its_columns_with_types_and_comments(workspace, full):
    table = workspace.client.tables.get(f"{full}.payments")
    columns = {column.name: column for column in table.columns}

    assert (table.table_type, table.data_source_format) == (TableType.MANAGED, DataSourceFormat.DELTA)
    assert (table.comment, table.owner) == ("all payments", workspace.client.current_user.me().user_name)
    assert table.properties["owner.team"] == "a, b=c"
    assert [column.position for column in table.columns] == [0, 1, 2, 3, 4]
    assert columns["id"].comment == "the id"
    assert (columns["id"].nullable, columns["day"].nullable) == (False, True)
    assert [column.type_text for column in table.columns] == [
        "bigint", "date", "decimal(12,2)", "array<string>", "varchar(8)",
    ]  # fmt: skip
    assert columns["id"].type_name == ColumnTypeName.LONG
    assert (columns["amount"].type_precision, columns["amount"].type_scale) == (12, 2)
    assert abs(table.created_at / 1000 - time.time()) < 3600


def test_views_have_their_definition(workspace, full):
    view = workspace.client.tables.get(f"{full}.v_payments")
    metrics = workspace.client.tables.get(f"{full}.m_payments")

    assert (view.table_type, view.comment) == (TableType.VIEW, "a view")
    assert view.view_definition == f"SELECT id, amount\nFROM {full}.payments"
    assert metrics.table_type == TableType.METRIC_VIEW
    assert "measures:" in metrics.view_definition
    assert [column.name for column in metrics.columns] == ["day", "total"]


def test_tables_are_listed_in_pages(workspace, full):
    catalog, schema = full.split(".")
    listed = list(workspace.client.tables.list(catalog, schema, max_results=2))

    assert [table.name for table in listed] == ["m_payments", "payments", "v_payments"]
    assert all(table.columns for table in listed)
    bare = list(workspace.client.tables.list(catalog, schema, omit_columns=True, omit_properties=True))
    assert not any(table.columns for table in bare)
    summaries = list(workspace.client.tables.list_summaries(catalog, schema_name_pattern=schema))
    assert [summary.full_name for summary in summaries] == [f"{full}.{table.name}" for table in listed]


def test_existence_and_what_is_missing(workspace, full):
    assert workspace.client.tables.exists(f"{full}.payments").table_exists
    assert workspace.client.tables.exists(f"{full}.v_payments").table_exists
    assert not workspace.client.tables.exists(f"{full}.nothing").table_exists
    assert not workspace.client.tables.exists(f"{CATALOG}.no_schema.nothing").table_exists
    for name, code in (
        (f"{full}.nothing", "TABLE_DOES_NOT_EXIST"),
        (f"{CATALOG}.no_schema.nothing", "SCHEMA_DOES_NOT_EXIST"),
        ("no_catalog.no_schema.nothing", "CATALOG_DOES_NOT_EXIST"),
    ):
        with pytest.raises(NotFound) as missing:
            workspace.client.tables.get(name)
        assert missing.value.error_code == code
    for name in ("payments", f"{full}.payments.id", f"{full}.`payments`", f"{full}.pay;ments"):
        with pytest.raises(InvalidParameterValue):
            workspace.client.tables.get(name)


def test_dropping_a_view_and_a_table(workspace, full):
    workspace.client.tables.delete(f"{full}.v_payments")
    workspace.client.tables.delete(f"{full}.payments")

    assert not workspace.client.tables.exists(f"{full}.v_payments").table_exists
    with pytest.raises(NotFound):
        workspace.client.tables.delete(f"{full}.payments")


def test_the_owner_of_a_table_changes(workspace, full):
    workspace.client.tables.update(f"{full}.payments", owner="the team")
    assert workspace.client.tables.get(f"{full}.payments").owner == "the team"


def function_info(full: str, **change) -> CreateFunction:
    catalog, schema = full.split(".")
    parameters = [
        FunctionParameterInfo("score", "double", ColumnTypeName.DOUBLE, 0, comment="it's a score"),
        FunctionParameterInfo("tier", "string", ColumnTypeName.STRING, 1, parameter_default="'low'"),
    ]
    asked = {
        "name": "risk", "catalog_name": catalog, "schema_name": schema, "data_type": ColumnTypeName.STRING,
        "input_params": FunctionParameterInfos(parameters), "full_data_type": "STRING", "specific_name": "risk",
        "routine_body": CreateFunctionRoutineBody.SQL,
        "routine_definition": "CASE WHEN score > 0.5 THEN 'high' ELSE tier END",
        "parameter_style": CreateFunctionParameterStyle.S, "is_deterministic": True, "is_null_call": False,
        "sql_data_access": CreateFunctionSqlDataAccess.CONTAINS_SQL, "comment": "tier of a score",
        "security_type": CreateFunctionSecurityType.DEFINER, **change,
    }  # fmt: skip
    return CreateFunction(**asked)


def test_a_function_made_by_the_api_runs_in_sql(workspace, full):
    made = workspace.client.functions.create(function_info(full))

    assert workspace.sql(f"SELECT {full}.risk(0.9D), {full}.risk(0.1D)") == [["high", "low"]]
    assert (made.comment, made.full_data_type) == ("tier of a score", "STRING")
    told = [(one.name, one.type_text, one.comment, one.parameter_default) for one in made.input_params.parameters]
    assert told == [("score", "double", "it's a score", None), ("tier", "string", None, "'low'")]
    with pytest.raises(ResourceAlreadyExists):
        workspace.client.functions.create(function_info(full))
    workspace.client.functions.delete(f"{full}.risk")
    with pytest.raises(NotFound):
        workspace.client.functions.get(f"{full}.risk")


def test_functions_made_by_sql_are_listed(workspace, full):
    catalog, schema = full.split(".")
    workspace.sql(f"CREATE FUNCTION {full}.top(n INT COMMENT 'how many') RETURNS TABLE (id BIGINT COMMENT 'an id') "
                  f"RETURN SELECT id FROM {full}.payments WHERE id < n")  # fmt: skip
    found = list(workspace.client.functions.list(catalog, schema))

    assert [one.name for one in found] == ["top"]
    assert found[0].data_type == ColumnTypeName.TABLE_TYPE
    assert [(one.name, one.type_text) for one in found[0].return_params.parameters] == [("id", "bigint")]


def test_a_function_with_a_broken_body_is_refused_with_its_error(workspace, full):
    with pytest.raises(BadRequest, match="no_such_column"):
        workspace.client.functions.create(function_info(full, routine_definition="no_such_column + 1"))
    with pytest.raises(InvalidParameterValue, match="not a SQL type"):
        workspace.client.functions.create(function_info(full, full_data_type="STRING RETURN 1; DROP"))
