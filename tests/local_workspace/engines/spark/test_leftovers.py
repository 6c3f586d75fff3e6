"""Folders that a killed or cancelled CREATE TABLE left: a table of that name can be made, and no writer loses files."""

import os

import pytest

from include.local_workspace.engines.spark.errors import SparkFailure

STATEMENTS = (
    "CREATE TABLE left_over (id INT)",
    "CREATE TABLE IF NOT EXISTS left_over (id INT)",
    "CREATE OR REPLACE TABLE left_over (id INT)",
    "CREATE TABLE left_over AS SELECT 1 AS id",
    "CREATE OR REPLACE TABLE left_over AS SELECT 1 AS id",
)


@pytest.fixture
def folder(sql, spark_engine):
    """Where the table `left_over` would be, with an empty log in it."""
    place = spark_engine.folders.warehouse / f"main__{sql.schema}.db" / "left_over"
    (place / "_delta_log").mkdir(parents=True)
    return place


def _put(path, age: float) -> None:
    path.write_text("{}")
    stamp = path.stat().st_mtime - age
    os.utime(path, (stamp, stamp))


@pytest.mark.parametrize("statement", STATEMENTS)
def test_a_table_is_made_where_a_killed_server_left_one_half_made(sql, folder, statement):
    _put(folder / "part-00000.parquet", age=24 * 3600)
    _put(folder / "_delta_log" / "00000000000000000000.json", age=24 * 3600)

    sql(statement)

    expected = [(1,)] if "SELECT" in statement else []
    assert sql("SELECT id FROM left_over") == expected
    assert not (folder / "part-00000.parquet").exists()


def test_a_table_is_made_where_a_cancelled_statement_left_a_log_only(sql, folder):
    _put(folder / "_delta_log" / "00000000000000000000.json.tmp", age=0)

    sql("CREATE TABLE left_over (id INT)")

    assert sql("SELECT id FROM left_over") == []


def test_files_that_somebody_is_writing_are_left_alone(sql, folder):
    _put(folder / "part-00000.parquet", age=0)

    with pytest.raises(SparkFailure, match="NON_EMPTY_LOCATION|not empty"):
        sql("CREATE TABLE left_over (id INT)")

    assert (folder / "part-00000.parquet").exists()


def test_an_existing_table_keeps_its_rows(sql):
    sql("CREATE TABLE kept AS SELECT 7 AS id")

    sql("CREATE TABLE IF NOT EXISTS kept (id INT)")

    assert sql("SELECT id FROM kept") == [(7,)]


def test_a_renamed_table_keeps_its_rows_when_its_old_name_is_used_again(sql, folder):
    sql("CREATE TABLE renamed AS SELECT 7 AS id")
    sql("ALTER TABLE renamed RENAME TO other")
    for file in (path for path in folder.parent.rglob("*") if path.is_file()):
        os.utime(file, (0, 0))

    sql("CREATE TABLE renamed (id INT)")

    assert sql("SELECT id FROM other") == [(7,)]
