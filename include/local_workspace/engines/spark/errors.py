"""What goes wrong in the Spark engine, in the words that a person needs."""

import re

import grpc
from pyspark.errors import PySparkException

from include.local_workspace.engines.spark.names import logical_text

# The message of a Spark error goes on with the server's stack, the plan, or the exception's own type in brackets.
_STACK = re.compile(r"\n*\s*JVM stacktrace:.*", re.DOTALL)
_PLAN = re.compile(r";\n'?[A-Z]\w*.*", re.DOTALL)
_JAVA_TYPE = re.compile(r"^\((?:[a-z]\w*\.)+[A-Z]\w*\)\s*")
_CLASS = re.compile(r"\[([A-Z][A-Z0-9_]*(?:\.[A-Z0-9_]+)*)\]")
# The message of a failed write names the table and hides the reason, which is the last of its causes.
_WRITE_FAILED = "TASK_WRITE_FAILED"
_CAUSE = re.compile(r"^Caused by: [\w.$]+: (.+)$", re.MULTILINE)
# What the kernel says of a full disk, of a quota, and of a limit on the size of files.
_FULL = re.compile(r"No space left on device|Disk quota exceeded|File too large")
_FULL_ADVICE = "The disk of the workspace takes no more, and nothing was changed: free space, and run it again."
_SQLSTATE = re.compile(r"SQLSTATE: ([0-9A-Z]{5})")


class SparkEngineError(RuntimeError):
    """The engine itself cannot be set up, started or reached; the message says what to do."""


class SparkConnectionLostError(SparkEngineError):
    """The server went away while it was asked something; whether the statement took effect is not known."""


class SparkFailure(Exception):  # noqa: N818 - a statement's outcome, not a defect
    """A statement that Spark refused or could not finish.

    message: without stack and plan; error_class: such as TABLE_OR_VIEW_NOT_FOUND, None when Spark gives none;
    sqlstate: five characters or None.
    """

    def __init__(self, message: str, error_class: str | None = None, sqlstate: str | None = None):
        super().__init__(message)
        self.message = message
        self.error_class = error_class
        self.sqlstate = sqlstate

    @property
    def cancelled(self) -> bool:
        """Whether somebody interrupted the statement."""
        return self.error_class in ("OPERATION_CANCELED", "OPERATION_ABANDONED") or self.sqlstate == "HY008"


def failure(error: Exception) -> SparkFailure | SparkConnectionLostError:
    """What an exception of the Spark Connect client means. Anything else than its exceptions is raised again."""
    if _lost(error):
        return SparkConnectionLostError(
            "The connection to Spark was lost while the statement ran. Run it again; if it keeps failing, look at "
            "logs/spark.log of the workspace."
        )
    if not isinstance(error, PySparkException):
        raise error
    message = _message(error)
    found = _CLASS.search(message)
    state = _SQLSTATE.search(message)
    return SparkFailure(
        message,
        error.getCondition() or (found.group(1) if found else None),
        error.getSqlState() or (state.group(1) if state else None),
    )


def _lost(error: Exception) -> bool:
    if isinstance(error, grpc.RpcError):
        return error.code() in (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.CANCELLED)
    code = getattr(error, "_grpc_status_code", None)
    return code == grpc.StatusCode.UNAVAILABLE or type(error).__name__ == "RetriesExceeded"


def _message(error: PySparkException) -> str:
    text = _STACK.sub("", str(error))
    text = _JAVA_TYPE.sub("", _PLAN.sub("", text).strip()).replace("viewfs://workspace/", "/")
    text = logical_text(text) or type(error).__name__
    if _WRITE_FAILED in text and (causes := _CAUSE.findall(error.getStackTrace() or "")):
        text += f"\nCaused by: {causes[-1]}"
    return f"{text}\n{_FULL_ADVICE}" if _FULL.search(text) else text
