"""SQL statements: each in a Spark session of its own, in a thread, cancelled for real, its rows kept on disk."""

import logging
import threading
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pyarrow as pa

from ..errors import ApiError, missing
from . import parameters, results
from .results import Result
from .spark import names, queries, sessions, unity_sql
from .spark.errors import SparkConnectionLostError, SparkFailure, failure

if TYPE_CHECKING:
    from ..context import Workspace

log = logging.getLogger(__name__)
FINAL = ("SUCCEEDED", "FAILED", "CANCELED", "CLOSED")
INLINE_BYTES = 25 * 1024 * 1024
_KEEP_SECONDS = 24 * 3600
_AT_ONCE = 8
_INTERRUPT_SECONDS, _LAST_INTERRUPT_SECONDS = 0.1, 5.0


class Statements:
    """Runs statements and remembers them: a document of kind `statement` each, rows under `results/`."""

    def __init__(self, ws: "Workspace"):
        self._ws = ws
        self._pool = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="statement")
        self._done: dict[str, threading.Event] = {}
        self._cancelled: set[str] = set()
        self._over: dict[str, threading.Event] = {}

    def recover(self) -> None:
        """Statements that were under way when the workspace died have failed; old ones are forgotten."""
        for doc in self._ws.store.list("statement"):
            if doc["status"]["state"] not in FINAL:
                error = {"error_code": "INTERNAL_ERROR", "message": "The workspace stopped while this statement ran."}
                self._finish(doc["statement_id"], "FAILED", error=error)
            if time.time() - doc["started"] > _KEEP_SECONDS:
                self._result(doc["statement_id"]).delete()
                self._ws.store.delete("statement", doc["statement_id"])

    def stop(self) -> None:
        for statement_id in list(self._done):
            self.cancel(statement_id)
        self._pool.shutdown(wait=False, cancel_futures=True)

    def submit(self, fields: dict) -> str:
        """Start a statement: the fields of POST /api/2.0/sql/statements. Returns its id at once."""
        bound = parameters.bind(fields.get("parameters") or [])
        statement_id = str(uuid.uuid4())
        doc = {
            "statement_id": statement_id, "statement": fields["statement"], "warehouse_id": fields["warehouse_id"],
            "catalog": fields.get("catalog"), "schema": fields.get("schema"), "row_limit": fields.get("row_limit"),
            "byte_limit": fields.get("byte_limit"), "session_id": fields.get("session_id"), "user": self._ws.user,
            "disposition": fields.get("disposition", "INLINE"), "format": fields.get("format", "JSON_ARRAY"),
            "parameters": {item["name"]: item.get("value") for item in fields.get("parameters") or []},
            "query_tags": fields.get("query_tags") or [], "status": {"state": "PENDING"}, "started": time.time(),
        }  # fmt: skip
        self._ws.store.insert("statement", statement_id, doc)
        self._done[statement_id] = threading.Event()
        self._over[statement_id] = threading.Event()
        self._pool.submit(self._run, statement_id, doc, bound)
        return statement_id

    def get(self, statement_id: str) -> dict:
        doc = self._ws.store.get("statement", statement_id)
        if doc is None:
            raise missing(f"Statement {statement_id} was not found.", "NOT_FOUND")
        return doc

    def wait(self, statement_id: str, seconds: float) -> dict:
        """The statement's document, as soon as it is final or after `seconds`."""
        done = self._done.get(statement_id)
        if done:
            done.wait(seconds)
        return self.get(statement_id)

    def cancel(self, statement_id: str) -> None:
        """Stop the query itself. A statement that is already final stays as it is."""
        if self.get(statement_id)["status"]["state"] in FINAL:
            return
        self._cancelled.add(statement_id)
        if self._finish(statement_id, "CANCELED"):
            threading.Thread(target=self._interrupt, args=(statement_id,), daemon=True).start()

    def _interrupt(self, statement_id: str) -> None:
        """Interrupt until the query is over: one that is only about to start does not hear the first call.

        A call that fails is not the last one: a busy engine may answer the next, and given up, the query would go on.
        """
        over, pause = self._over.get(statement_id), _INTERRUPT_SECONDS
        while over and not over.wait(pause):
            session_id = self.get(statement_id).get("spark_session")
            if not session_id:
                continue
            try:
                sessions.interrupt(self._ws.spark, session_id)
            except Exception:
                log.warning("statement %s was not interrupted; trying again", statement_id, exc_info=True)
                pause = min(2 * pause, _LAST_INTERRUPT_SECONDS)

    def close(self, statement_id: str) -> None:
        """Cancel if under way, and drop the rows."""
        self.cancel(statement_id)
        self._result(statement_id).delete()
        self._ws.store.update("statement", statement_id, {"status": {"state": "CLOSED"}})

    def result(self, doc: dict) -> Result:
        return self._result(doc["statement_id"])

    def _result(self, statement_id: str) -> Result:
        return Result(self._ws.home.results / f"{statement_id}.arrow")

    def _run(self, statement_id: str, doc: dict, bound: dict) -> None:
        try:
            if statement_id in self._cancelled:
                return
            self._ws.store.update("statement", statement_id, _running)
            table = self._execute(statement_id, doc, bound)
            self._keep(statement_id, doc, table)
        except SparkFailure as refused:
            self._fail(statement_id, refused.message, refused.error_class, refused.sqlstate)
        except SparkConnectionLostError as lost:
            self._fail(statement_id, str(lost), "INTERNAL_ERROR", None)
        except ApiError as error:
            self._fail(statement_id, error.message, error.code, None)
        except Exception as error:
            log.exception("statement %s failed in the workspace", statement_id)
            self._fail(statement_id, f"{type(error).__name__}: {error}", "INTERNAL_ERROR", None)
        finally:
            self._cancelled.discard(statement_id)
            self._done.pop(statement_id, threading.Event()).set()
            self._over.pop(statement_id, threading.Event()).set()

    def _execute(self, statement_id: str, doc: dict, bound: dict) -> pa.Table:
        try:
            unity = unity_sql.parse(doc["statement"], doc["parameters"])
        except unity_sql.UnitySyntaxError as error:
            raise SparkFailure(str(error), error.error_class, error.sqlstate) from error
        if unity is not None:
            from ..unity import sql as unity_catalog

            return _table(*unity_catalog.execute(self._ws, unity, doc["catalog"], doc["schema"]))
        held = doc["session_id"]
        session = sessions.session(self._ws.spark, session_id=held)
        try:
            self._ws.store.update("statement", statement_id, {"spark_session": session.session_id})
            if statement_id in self._cancelled:
                raise SparkFailure("The statement was cancelled before it ran.")
            limit = int(doc["row_limit"]) + 1 if doc["row_limit"] else None
            return queries.rows(session, doc["statement"], bound, limit, names.use(doc["catalog"], doc["schema"]))
        except Exception as error:
            raise error if isinstance(error, SparkFailure) else failure(error) from error
        finally:
            if not held:
                sessions.close(session)

    def _keep(self, statement_id: str, doc: dict, table: pa.Table) -> None:
        limit, bytes_limit = doc["row_limit"], doc["byte_limit"]
        truncated = bool(limit) and table.num_rows > int(limit)
        if truncated:
            table = table.slice(0, int(limit))
        if bytes_limit and table.nbytes > int(bytes_limit):
            truncated, table = True, table.slice(0, int(table.num_rows * int(bytes_limit) / table.nbytes))
        if doc["disposition"] == "INLINE" and table.nbytes > INLINE_BYTES:
            message = (
                f"The result has {table.nbytes} bytes, more than the {INLINE_BYTES} that INLINE allows. "
                "Use disposition EXTERNAL_LINKS, row_limit or byte_limit."
            )
            return self._fail(statement_id, message, "BAD_REQUEST", None)
        chunks = self._result(statement_id).write(table)
        manifest = {
            "format": doc["format"], "truncated": truncated, "total_row_count": table.num_rows,
            "total_byte_count": table.nbytes, "total_chunk_count": len(chunks), "chunks": chunks,
            "schema": {"column_count": table.num_columns, "columns": results.columns(table.schema)},
        }  # fmt: skip
        self._finish(statement_id, "SUCCEEDED", manifest=manifest)

    def _fail(self, statement_id: str, message: str, code: str | None, sqlstate: str | None) -> None:
        code = "ALREADY_EXISTS" if code == "RESOURCE_ALREADY_EXISTS" else code
        error = {"error_code": code if code in _CODES else "BAD_REQUEST", "message": message}
        self._finish(statement_id, "FAILED", error=error, sql_state=sqlstate)

    def _finish(self, statement_id: str, state: str, **found) -> bool:
        """Move to a final state, once: whoever comes second changes nothing and gets False."""
        won = []

        def change(doc: dict) -> dict:
            if doc["status"]["state"] in FINAL:
                return doc
            won.append(True)
            status = {"state": state}
            for key in ("error", "sql_state"):
                if found.get(key):
                    status[key] = found[key]
            return {**doc, "status": status, "ended": time.time(), "manifest": found.get("manifest")}

        self._ws.store.update("statement", statement_id, change)
        if won and state == "CANCELED":
            self._done.get(statement_id, threading.Event()).set()
        return bool(won)


# The codes that the SDK knows; any other would reach a client as none.
_CODES = (
    "ABORTED",
    "ALREADY_EXISTS",
    "BAD_REQUEST",
    "INTERNAL_ERROR",
    "NOT_FOUND",
    "RESOURCE_EXHAUSTED",
    "TEMPORARILY_UNAVAILABLE",
)


def _running(doc: dict) -> dict:
    return doc if doc["status"]["state"] in FINAL else {**doc, "status": {"state": "RUNNING"}}


def _table(names: list[str], rows: list[tuple]) -> pa.Table:
    values = list(zip(*rows, strict=True)) or [()] * len(names)
    return pa.table([pa.array(column, pa.string()) for column in values], names=names)
