"""The rows of one SQL statement, with as few requests to Spark as possible.

`spark.sql(...).toArrow()` sends a query three times: as a command, to see whether it is one, for its schema, and for
its rows. Each time it is read and resolved anew, which costs more than running it on the tables of a day.
"""

import re
from collections.abc import Mapping

import pyarrow as pa
from pyspark.sql.connect.column import Column
from pyspark.sql.connect.plan import SQL, CachedRelation, Limit
from pyspark.sql.connect.session import SparkSession
from pyspark.sql.pandas.types import to_arrow_schema

# The extension runs the statement in it before it reads the next one; a USE sent on its own takes 30 ms.
_START = "spark.workspace.start"
_COMMENTS = r"(?:\s+|--[^\n]*\n|/\*.*?\*/)*"
_SELECT = re.compile(rf"{_COMMENTS}SELECT\b", re.IGNORECASE | re.DOTALL)
_WITH = re.compile(rf"{_COMMENTS}WITH\b", re.IGNORECASE | re.DOTALL)
_WRITES = re.compile(r"\b(?:INSERT|MERGE|UPDATE|DELETE)\b", re.IGNORECASE)


def rows(
    session: SparkSession, statement: str, arguments: Mapping[str, Column], limit: int | None, use: str | None
) -> pa.Table:
    """The rows of a statement, at most `limit` of a query, after the USE statement `use`.

    Raises what PySpark raises.
    """
    client = session.client
    if use:
        session.conf.set(_START, use)
    plan = SQL(statement, [], dict(arguments), [])
    if not is_query(statement):
        _, properties, _ = client.execute_command(plan.command(client))
        if (answer := properties.get("sql_command_result")) is not None:
            if answer.HasField("local_relation"):
                return pa.ipc.open_stream(answer.local_relation.data).read_all()
            plan = CachedRelation(answer)
    found, schema, _ = client.to_table((Limit(plan, limit) if limit else plan).to_proto(client), {})
    return found.cast(to_arrow_schema(schema, error_on_duplicated_field_names_in_struct=True, timezone="UTC"))


def is_query(statement: str) -> bool:
    """Whether a statement surely only reads; False for a query that does not begin with SELECT or WITH as well."""
    return bool(_SELECT.match(statement) or (_WITH.match(statement) and not _WRITES.search(statement)))
