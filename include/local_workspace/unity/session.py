"""One warm Spark session for the catalog's own questions; every name in it is written out in full."""

import threading
import uuid
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from ..engines.spark import sessions
from ..engines.spark.errors import SparkFailure, failure
from ..errors import ApiError

if TYPE_CHECKING:
    from pyspark.sql.connect.session import SparkSession

    from ..context import Workspace

T = TypeVar("T")
_ENDED = ("INVALID_HANDLE", "SESSION_")
_CODES = {
    "NO_SUCH_CATALOG_EXCEPTION": ("CATALOG_DOES_NOT_EXIST", 404),
    "SCHEMA_NOT_FOUND": ("SCHEMA_DOES_NOT_EXIST", 404),
    "TABLE_OR_VIEW_NOT_FOUND": ("TABLE_DOES_NOT_EXIST", 404),
    "UNRESOLVED_ROUTINE": ("FUNCTION_DOES_NOT_EXIST", 404),
    "ROUTINE_NOT_FOUND": ("FUNCTION_DOES_NOT_EXIST", 404),
    "SCHEMA_ALREADY_EXISTS": ("RESOURCE_ALREADY_EXISTS", 400),
    "ROUTINE_ALREADY_EXISTS": ("RESOURCE_ALREADY_EXISTS", 400),
    "INTERNAL_ERROR": ("INTERNAL_ERROR", 500),
}
_opening = threading.Lock()


def ask(ws: "Workspace", question: Callable[["SparkSession"], T]) -> T:
    """The answer of `question(session)`. Spark's errors become API errors; a session that ended is opened again."""
    session = _session(ws)
    try:
        return question(session)
    except Exception as error:
        told = failure(error)
        if isinstance(told, SparkFailure) and not str(told.error_class).startswith(_ENDED):
            raise _api_error(told) from error
    _forget(ws, session)
    try:
        return question(_session(ws))
    except Exception as error:
        raise _api_error(failure(error)) from error


def rows(ws: "Workspace", sql: str) -> list[tuple]:
    """The rows of a statement."""
    return [tuple(row) for row in ask(ws, lambda session: session.sql(sql).collect())]


def literal(text: str) -> str:
    """A string as a SQL literal."""
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def _session(ws: "Workspace") -> "SparkSession":
    engine = ws.spark
    with _opening:
        known = ws.services.get("catalog_session")
        if known is None or known[0] != engine.pid:
            known = (engine.pid, sessions.connect(engine, str(uuid.uuid4())))
            ws.services["catalog_session"] = known
    return known[1]


def _forget(ws: "Workspace", session: "SparkSession") -> None:
    with _opening:
        if ws.services.get("catalog_session", (None, None))[1] is session:
            ws.services.pop("catalog_session")


def _api_error(told: Exception) -> ApiError:
    if not isinstance(told, SparkFailure):
        return ApiError("TEMPORARILY_UNAVAILABLE", str(told))
    code, status = _CODES.get(str(told.error_class), ("BAD_REQUEST", 400))
    return ApiError(code, told.message, status)
