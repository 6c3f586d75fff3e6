"""A small workload after the start, so that the first statement of a person finds the server warm."""

import logging
import threading
import uuid
from typing import TYPE_CHECKING

from include.local_workspace.engines.spark import sessions
from include.local_workspace.engines.spark.errors import SparkConnectionLostError, failure

if TYPE_CHECKING:
    from include.local_workspace.engines.spark.engine import SparkEngine

STATEMENTS = (
    "CREATE OR REPLACE TABLE spark_catalog.default.warm_up (id BIGINT, day DATE, amount DOUBLE) COMMENT 'warm-up'",
    "INSERT INTO spark_catalog.default.warm_up SELECT id, DATE'2026-01-01', id / 2 FROM range(10)",
    "SELECT day, count(*) AS n, sum(amount) AS total FROM spark_catalog.default.warm_up WHERE id > 1 "
    "GROUP BY day ORDER BY n",
    "DROP TABLE spark_catalog.default.warm_up",
)


def warm_in_background(engine: "SparkEngine") -> threading.Thread:
    """Start the workload in a thread, then open the spare sessions; a server that goes away meanwhile ends it."""

    def work() -> None:
        try:
            warm(engine)
            engine.spares.fill()
        except Exception as error:
            if not isinstance(lost := failure(error), SparkConnectionLostError):
                logging.getLogger(__name__).warning("warming Spark up failed: %s", lost)

    thread = threading.Thread(target=work, name="spark-warm-up", daemon=True)
    thread.start()
    return thread


def warm(engine: "SparkEngine") -> None:
    """Run the workload in a session of its own. Raises what the client raises when the server goes away."""
    spark = sessions.connect(engine, str(uuid.uuid4()))
    try:
        for statement in STATEMENTS:
            spark.sql(statement).collect()
    finally:
        sessions.close(spark)
