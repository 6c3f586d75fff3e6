"""Files of tables and checkpoints are the machine's own: nothing beside them, and permissions as for any other file."""

import os
import stat
from pathlib import Path


def _folder(sql, table: str) -> Path:
    [row] = sql.spark.sql(f"DESCRIBE DETAIL {table}").collect()
    return Path(row["location"].removeprefix("file:"))


def test_a_table_and_a_stream_have_no_checksum_files_and_the_servers_permissions(sql, spark_engine, tmp_path):
    sql("CREATE TABLE source AS SELECT id FROM range(3)")
    stream = sql.spark.readStream.table("source").writeStream.trigger(availableNow=True)
    query = stream.option("checkpointLocation", (tmp_path / "checkpoint").as_uri()).toTable("target")
    query.awaitTermination(120)
    assert sql("SELECT sum(id) FROM target") == [(3,)]

    umask = int(
        next(
            line.split()[1]
            for line in Path(f"/proc/{spark_engine.pid}/status").read_text().splitlines()
            if line.startswith("Umask")
        ),
        8,
    )
    files = [
        path
        for folder in (_folder(sql, "target"), tmp_path / "checkpoint")
        for path in folder.rglob("*")
        if path.is_file()
    ]
    assert len(files) > 5
    assert [path for path in files if path.suffix == ".crc" and not path.name[0].isdigit()] == []
    assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o666 & ~umask}


def test_a_symbolic_link_is_what_it_points_to(sql, tmp_path):
    (tmp_path / "real").mkdir()
    (tmp_path / "real" / "rows.json").write_text('{"n": 1}\n{"n": 2}\n')
    os.symlink(tmp_path / "real", tmp_path / "link")

    assert sql(f"SELECT sum(n) FROM json.`{(tmp_path / 'link').as_uri()}`") == [(3,)]


def test_a_name_may_hold_what_the_machine_allows(sql, tmp_path):
    odd = tmp_path / "a b=c, ü"
    sql.spark.range(2).write.parquet(odd.as_uri())

    assert sql.spark.read.parquet(odd.as_uri()).count() == 2
