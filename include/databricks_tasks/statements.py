"""SQL on a warehouse: the provider's statements operator for several statements, adopting, cancelling."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from airflow.providers.common.compat.sdk import AirflowException
from airflow.providers.databricks.operators.databricks import DatabricksSQLStatementsOperator
from airflow.providers.databricks.utils.query_tags import build_query_tags, dict_to_query_tag_list

from include.databricks_tasks.connection import client
from include.databricks_tasks.remote import Look, RemoteOperator, Watch

if TYPE_CHECKING:
    from airflow.sdk import Context
    from databricks.sdk import WorkspaceClient
    from databricks.sdk.service.sql import StatementResponse

_RUNNING = ("PENDING", "RUNNING")
_SPEAK_SECONDS = 5.0


class StatementFailed(AirflowException):
    """A statement's own error, with the file and line it came from."""


def run(
    workspace: WorkspaceClient,
    warehouse_id: str,
    statement: str,
    catalog: str | None = None,
    schema: str | None = None,
    parameters: dict[str, Any] | None = None,
    where: str = "",
) -> list[list[str | None]]:
    """Rows of a short statement; waits at most 50 s. Parameters are bound as strings, or by `(value, type)`.

    Raises StatementFailed, which begins with `where`.
    """
    answer = workspace.statement_execution.execute_statement(
        statement, warehouse_id, catalog=catalog, schema=schema, wait_timeout="50s", parameters=bound(parameters)
    )
    if answer.status.state.value != "SUCCEEDED":
        if answer.status.state.value in _RUNNING:
            workspace.statement_execution.cancel_execution(answer.statement_id)
        raise StatementFailed(_failure(answer, where))
    return _all_rows(workspace, answer)


def bound(parameters: dict[str, Any] | None) -> list:
    from databricks.sdk.service.sql import StatementParameterListItem

    pairs = {key: value if isinstance(value, tuple) else (value, None) for key, value in (parameters or {}).items()}
    return [
        StatementParameterListItem(name=key, value=None if value is None else str(value), type=kind)
        for key, (value, kind) in pairs.items()
    ]


def _all_rows(workspace: WorkspaceClient, answer: StatementResponse) -> list[list[str | None]]:
    result = answer.result
    rows = list((result and result.data_array) or [])
    while result and result.next_chunk_index is not None:
        result = workspace.statement_execution.get_statement_result_chunk_n(
            answer.statement_id, result.next_chunk_index
        )
        rows += result.data_array or []
    return rows


@dataclass
class StatementWatch(Watch):
    """One statement under way; `where` is the file and line it came from."""

    statement_id: str
    where: str = ""

    def look(self, workspace: WorkspaceClient) -> Look:
        answer = workspace.statement_execution.get_statement(self.statement_id)
        state = answer.status.state.value
        if state in _RUNNING:
            return Look(done=False)
        return Look(done=True, error="" if state == "SUCCEEDED" else _failure(answer, self.where))

    def cancel(self, workspace: WorkspaceClient) -> None:
        workspace.statement_execution.cancel_execution(self.statement_id)

    def describe(self) -> str:
        return f"statement {self.where or self.statement_id}"


class SqlStatementsOperator(RemoteOperator, DatabricksSQLStatementsOperator):
    """The provider's operator for statements that run one after the other, each safe to run again.

    `statements` is a list of `{"statement", "where", "parameters"}`, or a function that takes the context and gives
    it when the task runs: `where` (file and line) leads every error, `parameters` are `{name: value or (value, type)}`.
    A retry waits for the statement that is still under way and then runs all of them again.
    """

    template_fields = (*DatabricksSQLStatementsOperator.template_fields, "warehouse_id", "catalog", "schema")

    def __init__(self, *, statements, **kwargs):
        super().__init__(statement="", **kwargs)
        self.statements = statements

    def execute(self, context: Context) -> Any:
        workspace = client(self.databricks_conn_id)
        live = self.adopt(context, workspace)
        if live:
            self.wait_for(workspace, live, position=-1)
        return self._run_from(0, context, workspace)

    def resume(self, context: Context, event: dict[str, Any], position: int) -> Any:
        if event["error"] and position >= 0:
            raise StatementFailed(event["error"])
        return self._run_from(position + 1, context, client(self.databricks_conn_id))

    def on_kill(self) -> None:
        RemoteOperator.on_kill(self)

    def _run_from(self, position: int, context: Context, workspace: WorkspaceClient) -> dict[str, int]:
        statements = self.statements(context) if callable(self.statements) else self.statements
        tags = dict_to_query_tag_list(build_query_tags(context, self.query_tags, self.include_airflow_query_tags))
        spoke = time.monotonic()
        for number, statement in enumerate(statements[position:], position):
            watch = self.begin(context, lambda _, todo=statement: self._submit(workspace, todo, tags))
            event = self.wait_for(workspace, watch, position=number)
            if event["error"]:
                raise StatementFailed(event["error"])
            if time.monotonic() - spoke > _SPEAK_SECONDS or number == len(statements) - 1:
                spoke = time.monotonic()
                self.log.info("progress: %d of %d statements: %s", number + 1, len(statements), statement["where"])
        self.forget(context)
        return {"statements": len(statements)}

    def _submit(self, workspace: WorkspaceClient, statement: dict[str, Any], tags: list[dict]) -> Watch:
        from databricks.sdk.service.sql import QueryTag

        answer = workspace.statement_execution.execute_statement(
            statement["statement"],
            self.warehouse_id,
            catalog=self.catalog,
            schema=self.schema,
            parameters=bound(statement.get("parameters")),
            query_tags=[QueryTag.from_dict(tag) for tag in tags],
            wait_timeout="5s",
        )
        return StatementWatch(answer.statement_id, statement["where"])


def _failure(answer: StatementResponse, where: str) -> str:
    error = answer.status.error
    message = error.message if error else f"the statement ended as {answer.status.state.value}"
    return f"{where}: {message}" if where else message
