"""The Spark session of this process: one, under the id that the workspace chose and can interrupt."""

import os

_spark = None


def spark():
    """The session, made at first use from SPARK_REMOTE."""
    global _spark
    if _spark is None:
        from pyspark.sql import SparkSession
        from pyspark.sql.connect.client.retries import DefaultPolicy

        # An environment variable called MASTER breaks `remote` (seen 2026-11 with pyspark 4.2.0).
        os.environ.pop("MASTER", None)
        _spark = SparkSession.builder.remote(os.environ["SPARK_REMOTE"]).getOrCreate()
        # By default a client tries for ten minutes to reach a server that has died.
        _spark.client.set_retry_policies([DefaultPolicy(max_retries=6, initial_backoff=50, max_backoff=1000)])
    return _spark


def close() -> None:
    """Release the session on the server, if there is one."""
    if _spark is not None:
        _spark.stop()
