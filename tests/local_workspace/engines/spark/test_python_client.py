"""The unmodified pyspark client: DataFrames, streams and spark.catalog under three-level names."""

from pyspark.sql.connect.functions import udf
from pyspark.sql.types import LongType


def test_tables_written_and_read_by_name(sql):
    numbers = sql.spark.range(3)
    numbers.write.saveAsTable(f"main.{sql.schema}.saved")
    numbers.write.mode("append").saveAsTable("saved")
    numbers.writeTo(f"main.{sql.schema}.written").create()
    numbers.writeTo(f"{sql.schema}.written").append()
    numbers.write.insertInto(f"main.{sql.schema}.written")
    assert sql.spark.table(f"{sql.schema}.saved").count() == 6
    assert sql.spark.read.table(f"main.{sql.schema}.written").count() == 9


def test_a_stream_from_table_to_table(sql):
    name = f"main.{sql.schema}.source"
    sql.spark.range(5).write.saveAsTable(name)
    checkpoint = f"/Volumes/main/{sql.schema}/checkpoints/copy"
    for _ in range(2):
        stream = sql.spark.readStream.table(name).dropDuplicates(["id"]).writeStream
        query = stream.option("checkpointLocation", checkpoint).trigger(availableNow=True).toTable("copy")
        assert query.awaitTermination(120)
    assert sql("SELECT count(*) FROM main.{s}.copy") == [(5,)]


def test_catalog_of_the_session(sql):
    catalog = sql.spark.catalog
    sql("CREATE TABLE t (id INT COMMENT 'x') COMMENT 'about t'")
    assert (catalog.currentCatalog(), catalog.currentDatabase()) == ("main", sql.schema)
    assert catalog.tableExists("t")
    assert catalog.tableExists(f"main.{sql.schema}.t")
    assert catalog.tableExists("t", sql.schema)
    assert not catalog.tableExists(f"main.{sql.schema}.nothing")
    assert not catalog.tableExists("nowhere.s.t")
    assert [column.name for column in catalog.listColumns(f"main.{sql.schema}.t")] == ["id"]
    for listed in (catalog.listTables(), catalog.listTables(sql.schema), catalog.listTables(f"main.{sql.schema}")):
        assert [(t.name, t.catalog, t.namespace, t.description) for t in listed] == [
            ("t", "main", [sql.schema], "about t")
        ]
    assert catalog.getTable("t").catalog == "main"


def test_catalog_of_the_session_moves(sql):
    catalog = sql.spark.catalog
    assert sorted(c.name for c in catalog.listCatalogs()) == ["main", "other"]
    catalog.setCurrentCatalog("other")
    assert sql("SELECT current_catalog(), current_schema()") == [("other", "default")]
    catalog.setCurrentDatabase(f"main.{sql.schema}")
    assert sql("SELECT current_catalog(), current_schema()") == [("main", sql.schema)]
    catalog.setCurrentDatabase("default")
    assert catalog.currentDatabase() == "default"
    assert catalog.databaseExists(sql.schema)
    assert not catalog.databaseExists("nothing")
    assert (sql.schema, "main") in [(d.name, d.catalog) for d in catalog.listDatabases()]


def test_catalog_functions(sql):
    sql("CREATE FUNCTION main.{s}.twice(n INT) RETURNS INT RETURN n * 2")
    assert sql.spark.catalog.functionExists(f"main.{sql.schema}.twice")
    assert sql.spark.catalog.functionExists("twice", sql.schema)
    assert not sql.spark.catalog.functionExists(f"main.{sql.schema}.thrice")


def test_python_functions_run(sql):
    twice = udf(lambda n: n * 2, LongType())
    assert [row[0] for row in sql.spark.range(3).select(twice("id")).collect()] == [0, 2, 4]
