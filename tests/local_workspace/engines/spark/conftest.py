"""Statements on the real Spark server; each test takes a schema of its own."""

import os
import uuid

import pytest
from pyspark.sql.connect.session import SparkSession

from include.local_workspace.engines.spark import SparkEngine, sessions
from include.local_workspace.engines.spark.errors import failure


class Statements:
    """Runs statements one after the other in one session, in a schema of its own."""

    def __init__(self, engine: SparkEngine, spark: SparkSession, schema: str):
        self.engine = engine
        self.spark = spark
        self.schema = schema

    def __call__(self, statement: str, **parameters: object) -> list[tuple]:
        """The rows of a statement; `{s}` in it is the test's schema. Raises SparkFailure."""
        try:
            frame = self.spark.sql(statement.replace("{s}", self.schema), args=parameters or None)
            return [tuple(row) for row in frame.collect()]
        except Exception as error:
            raise failure(error) from error

    def columns(self, statement: str) -> list[str]:
        return self.spark.sql(statement.replace("{s}", self.schema)).columns


@pytest.fixture
def sql(spark_engine):
    """Statements in a schema of catalog `main`, which are also the current ones."""
    schema = f"s{os.getpid()}_{uuid.uuid4().hex[:8]}"
    setup = sessions.session(spark_engine)
    setup.sql(f"CREATE SCHEMA main.{schema}")
    sessions.close(setup)
    spark = sessions.session(spark_engine, "main", schema)
    yield Statements(spark_engine, spark, schema)
    sessions.close(spark)
