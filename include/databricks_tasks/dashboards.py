"""Step 4: one task for each dashboard. Check, run its datasets, create or update, publish, export."""

from __future__ import annotations

import io
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Any

from airflow.providers.common.compat.sdk import AirflowException, AirflowFailException, XCom
from airflow.sdk import BaseOperator, BaseOperatorLink

from include.databricks_tasks import dashboard_files
from include.databricks_tasks.connection import client
from include.databricks_tasks.context import business_date, run_settings, say
from include.databricks_tasks.statements import SqlProgramOperator, StatementFailed
from include.payments import names

if TYPE_CHECKING:
    from airflow.sdk import Context
    from databricks.sdk import WorkspaceClient

    from include.databricks_tasks.dashboard_files import Board
    from include.rendering.datasets import Dataset

STEP = "step_4_deploy_dashboards"
TASK = f"{STEP}.dashboard"
_SECONDS = 300


class DashboardLink(BaseOperatorLink):
    """To the published dashboard."""

    name = "Dashboard"
    xcom_key = "dashboard_url"

    def get_link(self, operator: BaseOperator, *, ti_key) -> str:
        return XCom.get_value(ti_key=ti_key, key=self.xcom_key) or ""


class DashboardOperator(SqlProgramOperator):
    """Deploys the dashboard of one file (relative to the project), which is left alone when nothing changed.

    A file with a finding, or a dataset that fails or takes more than `timeout` seconds, fails the task before anything
    is written; the error names each. Returns `dashboard_id`, `path`, `etag`, `change` and `export`, the page's path in
    the volume.
    """

    template_fields = (*SqlProgramOperator.template_fields, "file")
    operator_extra_links = (DashboardLink(),)
    row_limit = 10_000

    def __init__(self, *, file: str, timeout: float = _SECONDS, **kwargs):
        super().__init__(timeout=timeout, **kwargs)
        self.file = file

    def execute(self, context: Context, event: dict[str, Any] | None = None) -> Any:
        # Datasets that took too long come back cancelled: the program names them, which the trigger cannot.
        return super().execute(context)

    def program(self, execute: Callable, context: Context) -> dict[str, Any]:
        from databricks.sdk.errors import DatabricksError

        from include.databricks_tasks.dashboard_publishing import Publisher

        try:
            board = dashboard_files.read(self.file)
        except dashboard_files.BoardError as error:
            raise AirflowFailException(f"{error}\nNothing of it was published.") from error
        data = self._run_datasets(execute, board)
        workspace, settings = client(self.databricks_conn_id), run_settings(context)
        user = workspace.current_user.me().user_name
        try:
            done = Publisher(workspace, settings, self.warehouse_id, user, say).deploy(board)
        except (DatabricksError, OSError) as error:  # OSError: the connection broke
            raise AirflowException(f"{board.shown}: {error}") from error
        url = f"{workspace.config.host}/dashboardsv3/{done.dashboard_id}/published"
        context["ti"].xcom_push(key=DashboardLink.xcom_key, value=url)
        export = self._export(board, data, context)
        say(f"{board.display_name}: {done.change or 'unchanged'}, exported to {export}")
        return {**vars(done), "export": export}

    def _run_datasets(self, execute: Callable, board: Board) -> dict[str, Dataset]:
        """Rows of every dataset. Raises AirflowException with a line for each that fails; says which are empty."""
        from include.payments.sql_objects import side_by_side

        found = dict(side_by_side(lambda item: (item[0], self._run(execute, item[1])), board.queries.items()))
        failed = [f"{board.shown}: dataset {name}: {data.error}" for name, data in found.items() if data.error]
        if failed:
            raise AirflowException("\n".join([*failed, "Nothing of it was published."]))
        for line in _warnings(board, found):
            say(line)
        return found

    def _run(self, execute: Callable, sql: str) -> Dataset:
        from include.rendering.datasets import Dataset

        began = time.monotonic()
        try:
            rows = execute(sql)
        except StatementFailed as error:
            return Dataset(sql, (), [], time.monotonic() - began, error=self._explained(str(error)))
        return Dataset(sql, rows.columns, list(rows), time.monotonic() - began, truncated=rows.truncated)

    def _explained(self, error: str) -> str:
        if "ended as CANCELED" not in error:
            return error
        return f"{error}: by hand, or as it took longer than {self.timeout:.0f} s; make its query cheaper"

    def _export(self, board: Board, data: dict[str, Dataset], context: Context) -> str:
        from include.rendering import page

        newest = context["ti"].xcom_pull(task_ids=f"{STEP}.newest_day")
        as_of = datetime.fromisoformat(newest["as_of"])
        text = page.html(board.content, data, title=board.display_name, as_of=as_of)
        folder = f"{run_settings(context).volume(names.REPORTS)}/{business_date(context)}"
        files, path = client(self.databricks_conn_id).files, f"{folder}/{board.name}.html"
        files.create_directory(folder)
        files.upload(path, io.BytesIO(text.encode()), overwrite=True)
        return path


def absent(workspace: WorkspaceClient, deployed: list[dict[str, Any]]) -> Iterator[str]:
    """What readers cannot open of the dashboards that this run deployed, or of their exports."""
    from databricks.sdk.errors import NotFound

    for board in deployed:
        try:
            workspace.lakeview.get_published(board["dashboard_id"])
            workspace.files.get_metadata(board["export"])
        except NotFound as error:
            yield f"the dashboard {board['path']} is not there for its readers: {error}"


def _warnings(board: Board, data: dict[str, Dataset]) -> Iterator[str]:
    for name, found in data.items():
        if not found.rows and not board.may_be_empty(name):
            yield f"WARNING: {board.shown}: dataset {name} has no rows"
        if found.truncated:
            yield f"WARNING: {board.shown}: dataset {name} has more than {len(found.rows)} rows; the rest is not shown"
