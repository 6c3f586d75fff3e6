"""A disk that takes no more: the statement fails and says so, and the table stays what it was."""

import resource
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from include.local_workspace.engines.spark.errors import SparkFailure

MEGABYTE = 1 << 20
BIG = "SELECT id, unhex(sha2(CAST(id AS STRING), 512)) AS noise FROM range(0, 400000, 1, 1)"


@contextmanager
def files_of_at_most(pid: int, size: int) -> Iterator[None]:
    """The process cannot write larger files: the kernel refuses in the middle of a file, as on a full disk."""
    before = resource.prlimit(pid, resource.RLIMIT_FSIZE)
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.prlimit(pid, resource.RLIMIT_FSIZE, before)


def test_a_write_that_does_not_fit_says_so_and_leaves_the_table_as_it_was(sql, spark_engine):
    sql("CREATE TABLE kept (id BIGINT, noise BINARY)")
    sql("INSERT INTO kept VALUES (1, X'00')")
    with files_of_at_most(spark_engine.pid, 8 * MEGABYTE):
        with pytest.raises(SparkFailure, match="File too large\nThe disk of the workspace takes no more"):
            sql(f"INSERT OVERWRITE kept {BIG}")
        with pytest.raises(SparkFailure, match="File too large\nThe disk of the workspace takes no more"):
            sql(f"CREATE TABLE new AS {BIG}")

    assert sql("SELECT id FROM kept") == [(1,)]
    sql(f"INSERT INTO kept {BIG}")
    sql(f"CREATE TABLE new AS {BIG}")
    assert sql("SELECT count(*) FROM kept") == [(400_001,)]
    assert sql("SELECT count(*) FROM new") == [(400_000,)]


def test_a_write_that_fails_for_its_data_says_why(sql):
    sql("CREATE TABLE kept (id INT)")
    with pytest.raises(SparkFailure, match="Caused by: .*CAST_INVALID_INPUT.*'x'"):
        sql("INSERT INTO kept SELECT CAST(text AS INT) FROM (SELECT explode(array('1', 'x')) AS text)")

    assert sql("SELECT * FROM kept") == []
