"""Delta's statements and table features under three-level names."""

import pytest

from include.local_workspace.engines.spark.errors import SparkFailure


@pytest.fixture
def items(sql):
    sql(
        "CREATE TABLE main.{s}.items (id BIGINT NOT NULL DEFAULT 3, price INT, day DATE) "
        "CLUSTER BY (day) COMMENT 'all' TBLPROPERTIES ('delta.enableChangeDataFeed' = 'true')"
    )
    sql("INSERT INTO main.{s}.items VALUES (1, 10, DATE'2026-01-01'), (2, 20, DATE'2026-01-02')")
    return sql


def test_merge_update_and_delete(items):
    items("CREATE VIEW arrived AS SELECT 2 AS id, 21 AS price UNION ALL SELECT 4, 40")
    items(
        "MERGE INTO main.{s}.items USING main.{s}.arrived ON main.{s}.items.id = main.{s}.arrived.id "
        "WHEN MATCHED THEN UPDATE SET price = main.{s}.arrived.price "
        "WHEN NOT MATCHED THEN INSERT (id, price) VALUES (arrived.id, arrived.price) "
        "WHEN NOT MATCHED BY SOURCE THEN DELETE"
    )
    assert items("SELECT id, price FROM items ORDER BY id") == [(2, 21), (4, 40)]
    items("UPDATE {s}.items SET price = 41 WHERE {s}.items.id = 4")
    items("DELETE FROM main.{s}.items WHERE id = 2")
    assert items("SELECT id, price FROM items") == [(4, 41)]


def test_replace_where_overwrite_and_insert_by_name(items):
    items("INSERT INTO main.{s}.items REPLACE WHERE day = DATE'2026-01-01' VALUES (5, 50, DATE'2026-01-01')")
    items(
        "INSERT INTO {s}.items REPLACE WHERE day >= DATE'2026-01-02' AND day < DATE'2026-01-03' "
        "SELECT id, price + 1, day FROM main.{s}.items WHERE id = 2"
    )
    assert items("SELECT id, price FROM items ORDER BY id") == [(2, 21), (5, 50)]
    items("INSERT INTO main.{s}.items BY NAME SELECT 60 AS price, DATE'2026-01-03' AS day")
    assert items("SELECT id FROM items WHERE price = 60") == [(3,)]
    items("INSERT OVERWRITE main.{s}.items SELECT 7, 70, DATE'2026-01-04'")
    assert items("SELECT id FROM items") == [(7,)]


def test_time_travel_history_restore_and_changes(items):
    items("INSERT INTO items VALUES (9, 90, DATE'2026-01-09')")
    assert items("SELECT count(*) FROM main.{s}.items VERSION AS OF 1") == [(2,)]
    assert items(f"SELECT id, _change_type FROM table_changes('main.{items.schema}.items', 2)") == [(9, "insert")]
    items("RESTORE TABLE main.{s}.items TO VERSION AS OF 1")
    assert items("SELECT count(*) FROM items") == [(2,)]
    assert [row[4] for row in items("DESCRIBE HISTORY {s}.items")][:2] == ["RESTORE", "WRITE"]
    assert items("DESCRIBE DETAIL items")[0][2] == (f"main.{items.schema}.items")


def test_alter_constraints_comments_and_rename(items):
    items("ALTER TABLE main.{s}.items ADD COLUMN note STRING COMMENT 'first'")
    items("ALTER TABLE {s}.items ALTER COLUMN note COMMENT 'second'")
    items("COMMENT ON TABLE main.{s}.items IS 'new'")
    items("ALTER TABLE items ADD CONSTRAINT positive CHECK (price > 0)")
    with pytest.raises(SparkFailure, match="positive") as refused:
        items("INSERT INTO items (price) VALUES (-1)")
    assert refused.value.error_class == "DELTA_VIOLATE_CONSTRAINT_WITH_VALUES"
    items("ALTER TABLE main.{s}.items RENAME TO main.{s}.things")
    described = {row[0]: row[1:] for row in items("DESCRIBE EXTENDED main.{s}.things")}
    assert (described["note"][1], described["Comment"][0]) == ("second", "new")


def test_generated_and_identity_columns(sql):
    sql("CREATE TABLE made (id BIGINT GENERATED ALWAYS AS IDENTITY, a INT, b INT GENERATED ALWAYS AS (a * 2))")
    sql("INSERT INTO made (a) VALUES (4)")
    assert sql("SELECT id, a, b FROM made") == [(1, 4, 8)]


def test_optimize_and_vacuum(items):
    items("OPTIMIZE main.{s}.items")
    assert items("VACUUM main.{s}.items DRY RUN") == []


def test_metric_views(items):
    items(
        """CREATE OR REPLACE VIEW main.{s}.sales WITH METRICS LANGUAGE YAML AS $$
version: 0.1
source: main.{s}.items
dimensions:
  - name: day
    expr: day
measures:
  - name: total
    expr: sum(price)
$$"""
    )
    items("USE CATALOG other")
    assert items("SELECT day, MEASURE(total) FROM main.{s}.sales GROUP BY ALL ORDER BY 2")[1][1] == 20


def test_paths_as_relations(items):
    folder = items.engine.folders.warehouse / f"main__{items.schema}.db" / "items"
    assert items(f"SELECT count(*) FROM delta.`{folder}`") == [(2,)]
    assert items(f"SELECT count(*) > 0 FROM parquet.`{folder}/*.parquet`") == [(True,)]


def test_volumes_are_folders_of_the_home(items):
    items.spark.table("items").select("id").write.json(f"/Volumes/main/{items.schema}/raw/out")
    folder = items.engine.folders.volumes / "main" / items.schema / "raw" / "out"
    assert any(folder.glob("*.json"))
    assert items(f"SELECT sum(id) FROM json.`/Volumes/main/{items.schema}/raw/out`") == [(3,)]


def test_scripts_and_temporary_views(items):
    assert items("BEGIN DECLARE n BIGINT; SET n = (SELECT count(*) FROM main.{s}.items); SELECT n; END") == [(2,)]
    items("CREATE TEMPORARY VIEW mine AS SELECT id FROM {s}.items")
    items("USE CATALOG other")
    assert items("SELECT count(*) FROM mine") == [(2,)]
    assert items("EXECUTE IMMEDIATE 'SELECT count(*) FROM main.{s}.items'") == [(2,)]
