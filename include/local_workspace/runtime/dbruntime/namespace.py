"""The names that a notebook finds without an import."""

from . import session
from .display import display, display_html
from .utilities import DBUtils

_names: dict | None = None


def names() -> dict:
    """spark, dbutils, display, displayHTML, sql, table, udf and getArgument; one set for each process."""
    global _names
    if _names is None:
        from pyspark.sql.functions import udf

        spark = session.spark()
        dbutils = DBUtils()
        _names = {
            "spark": spark,
            "dbutils": dbutils,
            "display": display,
            "displayHTML": display_html,
            "sql": spark.sql,
            "table": spark.table,
            "udf": udf,
            "getArgument": dbutils.widgets.getArgument,
        }
    return _names
