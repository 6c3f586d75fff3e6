"""One warm Spark session for the catalog's own questions; every name in it is written out in full."""

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

import grpc
from pyspark.errors import PySparkException
from pyspark.sql.connect.session import SparkSession

from ..errors import ApiError

if TYPE_CHECKING:
    from ..context import Workspace

T = TypeVar("T")
_LOST = ("INVALID_HANDLE", "SESSION_")
_CODES = {
    "NO_SUCH_CATALOG_EXCEPTION": ("CATALOG_DOES_NOT_EXIST", 404),
    "SCHEMA_NOT_FOUND": ("SCHEMA_DOES_NOT_EXIST", 404),
    "TABLE_OR_VIEW_NOT_FOUND": ("TABLE_DOES_NOT_EXIST", 404),
    "UNRESOLVED_ROUTINE": ("FUNCTION_DOES_NOT_EXIST", 404),
    "ROUTINE_NOT_FOUND": ("FUNCTION_DOES_NOT_EXIST", 404),
    "SCHEMA_ALREADY_EXISTS": ("RESOURCE_ALREADY_EXISTS", 400),
    "TABLE_OR_VIEW_ALREADY_EXISTS": ("RESOURCE_ALREADY_EXISTS", 400),
    "ROUTINE_ALREADY_EXISTS": ("RESOURCE_ALREADY_EXISTS", 400),
    "INTERNAL_ERROR": ("INTERNAL_ERROR", 500),
}
_opening = threading.Lock()


def ask(ws: "Workspace", question: Callable[[SparkSession], T]) -> T:
    """The answer of `question(session)`. Spark's errors become API errors; a session that ended is opened again."""
    for last in (False, True):
        session = _session(ws)
        try:
            return question(session)
        except PySparkException as error:
            if last or not str(error.getCondition()).startswith(_LOST):
                raise _translated(error) from error
        except grpc.RpcError as error:
            if last:
                raise ApiError(
                    "TEMPORARILY_UNAVAILABLE", "Spark does not answer. It starts again by itself."
                ) from error
        _forget(ws, session)
    raise AssertionError("unreachable")


def rows(ws: "Workspace", sql: str, args: dict | None = None) -> list[tuple]:
    """The rows of a statement."""
    return [tuple(row) for row in ask(ws, lambda session: session.sql(sql, args=args).collect())]


def quoted(*parts: str) -> str:
    """A name in back quotes, ready for SQL."""
    return ".".join("`" + part.replace("`", "``") + "`" for part in parts)


def literal(text: str) -> str:
    """A string as a SQL literal."""
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def _session(ws: "Workspace") -> SparkSession:
    engine = ws.spark
    with _opening:
        known = ws.services.get("catalog_session")
        if known is None or known[0] != engine.pid:
            known = (engine.pid, SparkSession.builder.remote(engine.remote()).create())
            ws.services["catalog_session"] = known
    return known[1]


def _forget(ws: "Workspace", session: SparkSession) -> None:
    with _opening:
        if ws.services.get("catalog_session", (None, None))[1] is session:
            ws.services.pop("catalog_session")


def _translated(error: PySparkException) -> ApiError:
    message = str(error).split("\n\nJVM stacktrace:")[0].strip()
    code, status = _CODES.get(str(error.getCondition()), ("BAD_REQUEST", 400))
    return ApiError(code, message, status)
