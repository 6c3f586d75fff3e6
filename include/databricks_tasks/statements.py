"""SQL on a warehouse: one short statement, and programs of many statements that survive crashes and hold no worker."""

from __future__ import annotations

import datetime
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from airflow.providers.common.compat.sdk import AirflowException
from airflow.providers.databricks.operators.databricks import DatabricksSQLStatementsOperator
from airflow.providers.databricks.utils.query_tags import build_query_tags, dict_to_query_tag_list

from include.databricks_tasks.connection import client
from include.databricks_tasks.remote import Look, RemoteTrigger, Watch

if TYPE_CHECKING:
    from airflow.sdk import Context
    from databricks.sdk import WorkspaceClient
    from databricks.sdk.service.sql import StatementParameterListItem, StatementResponse

_RUNNING = ("PENDING", "RUNNING")
_SPEAK_SECONDS = 5.0
_FIRST_POLL_SECONDS, _LAST_POLL_SECONDS = 0.02, 0.25
_JOURNAL = "statements"


class Rows(list):
    """Rows as lists of texts and None. `columns` are their names and SQL types, as the statement's manifest has them.

    `truncated`: there are more rows than the limit that was set.
    """

    columns: tuple[tuple[str, str], ...] = ()
    truncated: bool = False


class StatementFailed(AirflowException):
    """A statement's own error, as the warehouse worded it."""


class NotYet(BaseException):
    """A statement of a program needs longer than a worker should wait for it; not an error, so no `except` holds it."""


def bound(parameters: Mapping[str, Any] | None) -> list[StatementParameterListItem]:
    """Parameters with the type that follows from the Python value."""
    from databricks.sdk.service.sql import StatementParameterListItem

    return [
        StatementParameterListItem(name=name, value=None if value is None else _text(value), type=_type(value))
        for name, value in (parameters or {}).items()
    ]


def rows_of(workspace: WorkspaceClient, answer: StatementResponse) -> Rows:
    """All rows of a finished statement. Raises StatementFailed."""
    if answer.status.state.value != "SUCCEEDED":
        error = answer.status.error
        raise StatementFailed(error.message if error else f"the statement ended as {answer.status.state.value}")
    result = answer.result
    rows = Rows((result and result.data_array) or [])
    manifest = answer.manifest
    if manifest:
        rows.columns = tuple((column.name, column.type_text) for column in manifest.schema.columns or [])
        rows.truncated = bool(manifest.truncated)
    while result and result.next_chunk_index is not None:
        chunk = result.next_chunk_index
        result = workspace.statement_execution.get_statement_result_chunk_n(answer.statement_id, chunk)
        rows += result.data_array or []
    return rows


@dataclass
class StatementsWatch(Watch):
    """Statements under way; done when all of them are, however they ended."""

    statement_ids: list[str]

    def look(self, workspace: WorkspaceClient) -> Look:
        states = [workspace.statement_execution.get_statement(each).status.state.value for each in self.statement_ids]
        return Look(done=not any(state in _RUNNING for state in states))

    def cancel(self, workspace: WorkspaceClient) -> None:
        for statement_id in self.statement_ids:
            workspace.statement_execution.cancel_execution(statement_id)

    def describe(self) -> str:
        return f"SQL statement {', '.join(self.statement_ids)}"


class SqlProgramOperator(DatabricksSQLStatementsOperator):
    """Runs a Python function whose statements all go to a warehouse: `program(execute, context)`.

    `execute(statement, parameters) -> rows` keeps the id of every statement in task state. When one takes long the
    task is deferred and the function is run again afterwards: statements that were done are not sent again, their rows
    are fetched by id. A retry after a crash does the same, so it adopts what is still under way. After a failure the
    ids are forgotten, and the function, which must be safe to repeat, starts anew.
    """

    template_fields = (*DatabricksSQLStatementsOperator.template_fields, "warehouse_id", "catalog", "schema")

    row_limit: int | None = None
    """Rows that a statement gives at most; None: all of them."""

    def __init__(self, *, program: Callable[[Callable, Context], Any] | None = None, patience: float = 20.0, **kwargs):
        super().__init__(statement="", deferrable=True, **kwargs)
        # A subclass has a method of this name instead: kept as an attribute, a method would go on seeing the operator
        # before its templates were rendered, as Airflow renders a copy.
        if program:
            self.program = program
        self.patience = patience
        self._session: _Session | None = None

    def execute(self, context: Context, event: dict[str, Any] | None = None) -> Any:
        if event and event.get("error"):
            raise AirflowException(event["error"])
        tags = dict_to_query_tag_list(build_query_tags(context, self.query_tags, self.include_airflow_query_tags))
        self._session = _Session(self, client(self.databricks_conn_id), context["task_state_store"], tags)
        try:
            result = self.program(self._session.execute, context)
        except NotYet:
            watch = StatementsWatch(sorted(self._session.live))
            self.defer(
                trigger=RemoteTrigger(watch.state(), self.databricks_conn_id, time.time() + self.timeout),
                method_name="execute",
            )
        except Exception:
            self._session.forget()
            raise
        self._session.forget()
        return result

    def on_kill(self) -> None:
        if self._session:
            StatementsWatch(sorted(self._session.live)).cancel(client(self.databricks_conn_id))


class _Session:
    """The statements of one pass through a program; `live` are the ids that have not been seen to end."""

    def __init__(self, operator: SqlProgramOperator, workspace: WorkspaceClient, store, tags: list[dict]):
        self.live: set[str] = set()
        self._operator = operator
        self._workspace = workspace
        self._store = store
        self._tags = tags
        self._lock = threading.Lock()
        self._journal: dict[str, str] = store.get(_JOURNAL) or {}
        self._seen: Counter[str] = Counter()
        self._done = 0
        self._spoke = time.monotonic()

    def execute(self, statement: str, parameters: Mapping[str, Any] | None = None) -> Rows:
        """Rows of a statement; may be called from several threads. Raises StatementFailed or NotYet."""
        key = self._key(statement, parameters)
        known = self._journal.get(key)
        look = self._workspace.statement_execution.get_statement
        answer = look(known) if known else self._submit(statement, parameters)
        statement_id = answer.statement_id
        with self._lock:
            self.live.add(statement_id)
            if not known:
                self._journal[key] = statement_id
                self._store.set(_JOURNAL, self._journal)
        until, pause = time.monotonic() + self._operator.patience, _FIRST_POLL_SECONDS
        while answer.status.state.value in _RUNNING:
            if time.monotonic() > until:
                raise NotYet
            time.sleep(pause)
            pause = min(pause * 1.5, _LAST_POLL_SECONDS)
            answer = look(statement_id)
        with self._lock:
            self.live.discard(statement_id)
            self._say(statement)
        return rows_of(self._workspace, answer)

    def forget(self) -> None:
        self._store.delete(_JOURNAL)

    def _key(self, statement: str, parameters: Mapping[str, Any] | None) -> str:
        """The same for the same statement at the same place of every pass."""
        digest = sha256(f"{statement}\0{sorted((parameters or {}).items())}".encode()).hexdigest()[:16]
        with self._lock:
            self._seen[digest] += 1
            return f"{digest}.{self._seen[digest]}"

    def _submit(self, statement: str, parameters: Mapping[str, Any] | None) -> StatementResponse:
        from databricks.sdk.service.sql import QueryTag

        return self._workspace.statement_execution.execute_statement(
            statement,
            self._operator.warehouse_id,
            catalog=self._operator.catalog,
            schema=self._operator.schema,
            parameters=bound(parameters),
            row_limit=self._operator.row_limit,
            query_tags=[QueryTag.from_dict(tag) for tag in self._tags],
            wait_timeout="0s",  # its id is kept before it is waited for
        )

    def _say(self, statement: str) -> None:
        self._done += 1
        if time.monotonic() - self._spoke > _SPEAK_SECONDS:
            self._spoke = time.monotonic()
            first = " ".join(statement.split())[:60]
            self._operator.log.info("progress: %d statements done, last: %s", self._done, first)


def _type(value: Any) -> str:
    if isinstance(value, datetime.datetime):
        return "TIMESTAMP"
    names = {bool: "BOOLEAN", int: "BIGINT", float: "DOUBLE", datetime.date: "DATE"}
    return names.get(type(value), "STRING")


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return value.isoformat() if isinstance(value, datetime.date) else str(value)
