"""Three-level names in SQL, as Databricks reads them."""

import re

import pytest

from include.local_workspace.engines.spark.errors import SparkFailure


@pytest.fixture
def orders(sql):
    sql("CREATE TABLE main.{s}.orders (id BIGINT NOT NULL COMMENT 'the id', note STRING DEFAULT 'none') COMMENT 'all'")
    sql("INSERT INTO main.{s}.orders VALUES (1, 'a'), (2, 'b')")
    return sql


def test_one_two_and_three_parts_name_the_same_table(orders):
    for name in ("orders", "{s}.orders", "main.{s}.orders", "MAIN.`{s}`.Orders"):
        assert orders(f"SELECT count(*) FROM {name}") == [(2,)]


def test_columns_may_be_qualified_by_the_whole_name(orders):
    assert orders("SELECT main.{s}.orders.id FROM main.{s}.orders WHERE {s}.orders.note = 'b'") == [(2,)]
    assert orders("SELECT main.{s}.orders.* FROM main.{s}.orders ORDER BY orders.id") == [(1, "a"), (2, "b")]
    assert orders("SELECT max({s}.orders.id) FROM {s}.orders GROUP BY main.{s}.orders.note HAVING count(*) > 1") == []


def test_ctes_aliases_subqueries_and_lateral_joins(orders):
    assert orders("WITH orders AS (SELECT 9 AS id) SELECT id FROM orders") == [(9,)]
    assert orders(
        "WITH q AS (SELECT * FROM {s}.orders) SELECT (SELECT max(id) FROM main.{s}.orders) FROM q LIMIT 1"
    ) == [(2,)]
    assert orders(
        "SELECT a.id, b.twice FROM main.{s}.orders AS a, "
        "LATERAL (SELECT a.id * 2 AS twice FROM {s}.orders LIMIT 1) AS b "
        "WHERE EXISTS (SELECT 1 FROM orders AS o WHERE o.id = a.id) ORDER BY 1"
    ) == [(1, 2), (2, 4)]
    assert orders("SELECT * FROM VALUES (1), (2) AS v(a) WHERE a IN (SELECT id FROM main.{s}.orders)") == [(1,), (2,)]


def test_views_remember_the_catalog_in_which_they_were_made(orders):
    orders("CREATE OR REPLACE VIEW {s}.newest (id COMMENT 'x') COMMENT 'y' AS SELECT max(id) AS id FROM {s}.orders")
    orders("USE CATALOG other")
    assert orders("SELECT id FROM main.{s}.newest") == [(2,)]
    with pytest.raises(SparkFailure, match=f"`other`.`{orders.schema}`.`newest`"):
        orders("SELECT id FROM {s}.newest")


def test_functions_remember_the_catalog_in_which_they_were_made(orders):
    orders("CREATE FUNCTION {s}.twice(n BIGINT) RETURNS BIGINT RETURN n * 2 + (SELECT 0 * max(id) FROM {s}.orders)")
    orders(
        "CREATE FUNCTION {s}.above(n BIGINT) RETURNS TABLE (id BIGINT) RETURN SELECT id FROM {s}.orders WHERE id > n"
    )
    orders("USE CATALOG other")
    assert orders("SELECT main.{s}.twice(21)") == [(42,)]
    assert orders("SELECT * FROM main.{s}.above(1)") == [(2,)]
    assert orders.columns("SELECT main.{s}.twice(1)") == [f"main.{orders.schema}.twice(1)"]


def test_current_catalog_and_schema(sql):
    current = "SELECT current_catalog(), current_schema(), current_database()"
    assert sql(current) == [("main", sql.schema, sql.schema)]
    sql("USE CATALOG other")
    assert sql(current) == [("other", "default", "default")]
    sql("USE main.{s}")
    assert sql(current) == [("main", sql.schema, sql.schema)]
    sql("USE SCHEMA default")
    assert sql(current) == [("main", "default", "default")]
    sql("-- a comment\nUSE CATALOG `other`;")
    assert sql("SHOW CURRENT SCHEMA") == [("other", "default")]


def test_show_lists_logical_names(orders):
    orders("CREATE VIEW v AS SELECT * FROM orders")
    assert orders("SHOW CATALOGS") == [("main",), ("other",)]
    assert orders("SHOW CATALOGS LIKE 'o*'") == [("other",)]
    assert (orders.schema,) in orders("SHOW SCHEMAS IN main")
    assert (orders.schema,) not in orders("SHOW SCHEMAS IN other")
    assert orders("SHOW SCHEMAS LIKE '{s}'") == [(orders.schema,)]
    assert orders("SHOW TABLES IN main.{s}") == [(orders.schema, "orders", False), (orders.schema, "v", False)]
    assert orders.columns("SHOW TABLES") == ["database", "tableName", "isTemporary"]
    assert orders("SHOW VIEWS IN {s}") == [(orders.schema, "v", False)]
    assert orders("SHOW COLUMNS IN main.{s}.orders") == [("id",), ("note",)]


def test_describe_gives_logical_names(orders):
    described = {row[0]: row[1] for row in orders("DESCRIBE EXTENDED orders")}
    assert (described["Catalog"], described["Database"], described["Comment"]) == ("main", orders.schema, "all")
    schema = dict(orders("DESCRIBE SCHEMA EXTENDED main.{s}"))
    assert (schema["Catalog Name"], schema["Namespace Name"]) == ("main", orders.schema)
    plan = orders("EXPLAIN EXTENDED SELECT * FROM orders")[0][0]
    assert f"main.{orders.schema}.orders" in plan
    assert "__" not in re.sub(r"file:\S+", "", plan)  # a path of the machine, which Spark cuts to some length


def test_identifier_takes_parameters(orders):
    name = f"main.{orders.schema}.orders"
    assert orders("SELECT note FROM IDENTIFIER(:t) WHERE id = :i", t=name, i=2) == [("b",)]
    assert orders("SELECT count(*) FROM IDENTIFIER(:s || '.orders')", s=f"main.{orders.schema}") == [(2,)]
    orders("CREATE TABLE IDENTIFIER(:t) (a INT)", t=f"main.{orders.schema}.made")
    orders("INSERT INTO IDENTIFIER(:t) VALUES (7)", t="made")
    assert orders("SELECT IDENTIFIER(:c) FROM made", c="a") == [(7,)]
    orders("USE CATALOG IDENTIFIER(:c)", c="other")
    assert orders("SELECT current_catalog()") == [("other",)]
    orders("USE IDENTIFIER(:s)", s=f"main.{orders.schema}")
    assert orders("SELECT IDENTIFIER(:f)(-3)", f="abs") == [(3,)]
    orders("DROP TABLE IDENTIFIER(:t)", t="made")


def test_a_parameter_is_a_value_and_never_sql(orders):
    assert orders("SELECT count(*) FROM orders WHERE note = :n", n="a' OR '1' = '1") == [(0,)]


@pytest.mark.parametrize(
    ("statement", "error_class", "sqlstate", "text"),
    [
        ("SELECT * FROM nowhere.s.t", "NO_SUCH_CATALOG_EXCEPTION", "42704", "Catalog 'nowhere' was not found"),
        ("CREATE SCHEMA nowhere.s", "NO_SUCH_CATALOG_EXCEPTION", "42704", "Catalog 'nowhere' was not found"),
        ("USE CATALOG nowhere", "NO_SUCH_CATALOG_EXCEPTION", "42704", "Catalog 'nowhere' was not found"),
        ("SHOW SCHEMAS IN nowhere", "NO_SUCH_CATALOG_EXCEPTION", "42704", "Catalog 'nowhere' was not found"),
        ("CREATE SCHEMA main.`a b`", "INVALID_SCHEMA_OR_RELATION_NAME", "42602", "`a b` is not a valid name"),
        ("CREATE SCHEMA main.a__b", "INVALID_SCHEMA_OR_RELATION_NAME", "42602", "`a__b` is not a valid name"),
        ("SELECT * FROM main.{s}.nothing", "TABLE_OR_VIEW_NOT_FOUND", "42P01", "`main`.`{s}`.`nothing`"),
        ("SELECT * FROM main.nothing.t", "TABLE_OR_VIEW_NOT_FOUND", "42P01", "`main`.`nothing`.`t`"),
        ("USE main.nothing", "SCHEMA_NOT_FOUND", "42704", "`main`.`nothing`"),
        ("SELECT * FROM system.billing.usage", "UNSUPPORTED_FEATURE.SYSTEM_TABLE", "0A000", "not served"),
        ("SELECT * FROM information_schema.tables", "UNSUPPORTED_FEATURE.SYSTEM_TABLE", "0A000", "not served"),
        ("SELECT main.{s}.nothing(1)", "UNRESOLVED_ROUTINE", "42883", "`main`.`{s}`.`nothing`"),
        ("SELEC 1", "PARSE_SYNTAX_ERROR", "42601", "line 1"),
    ],
)
def test_refuses_with_logical_names(sql, statement, error_class, sqlstate, text):
    with pytest.raises(SparkFailure) as refused:
        sql(statement)
    assert (refused.value.error_class, refused.value.sqlstate) == (error_class, sqlstate)
    assert text.replace("{s}", sql.schema) in refused.value.message
    assert "spark_catalog" not in refused.value.message
    assert "org.apache" not in refused.value.message


def test_a_schema_with_tables_is_dropped_only_with_cascade(orders):
    with pytest.raises(SparkFailure, match=f"`main`.`{orders.schema}`") as refused:
        orders("DROP SCHEMA main.{s}")
    assert refused.value.error_class == "SCHEMA_NOT_EMPTY"
    orders("DROP SCHEMA main.{s} CASCADE")
    assert (orders.schema,) not in orders("SHOW SCHEMAS IN main")
