"""Step 7: the Genie space is what its file says, and its SQL runs."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from airflow.providers.common.compat.sdk import AirflowException, AirflowFailException, XCom
from airflow.sdk import BaseOperator, BaseOperatorLink

from include.databricks_tasks import genie_file
from include.databricks_tasks.connection import client
from include.databricks_tasks.context import run_settings, say
from include.databricks_tasks.statements import SqlProgramOperator, StatementFailed

if TYPE_CHECKING:
    from airflow.sdk import Context
    from databricks.sdk import WorkspaceClient
    from databricks.sdk.service.dashboards import GenieSpace

    from include.settings import Settings

STEP = "step_7_genie_sync"
TASK = f"{STEP}.genie_space"
DESCRIPTION = "Questions about payments: how many are approved, why the others are not, and what can be won back."


class GenieLink(BaseOperatorLink):
    """To the space."""

    name = "Genie space"
    xcom_key = "genie_url"

    def get_link(self, operator: BaseOperator, *, ti_key) -> str:
        return XCom.get_value(ti_key=ti_key, key=self.xcom_key) or ""


class GenieSpaceOperator(SqlProgramOperator):
    """Runs every curated SQL of the space's file, and only if all of it runs creates or updates the space.

    An unchanged space is left alone. Returns `space_id` and `change` (`created`, `updated` or empty).
    """

    template_fields = (*SqlProgramOperator.template_fields, "file")
    operator_extra_links = (GenieLink(),)
    row_limit = 1

    def __init__(self, *, file: str = genie_file.FILE, timeout: float = 300, **kwargs):
        super().__init__(timeout=timeout, **kwargs)
        self.file = file

    def execute(self, context: Context, event: dict[str, Any] | None = None) -> Any:
        # SQL that took too long comes back cancelled: the program names it, which the trigger cannot.
        return super().execute(context)

    def program(self, execute: Callable, context: Context) -> dict[str, str]:
        from databricks.sdk.errors import DatabricksError

        try:
            space = genie_file.read(self.file)
        except genie_file.SpaceError as error:
            raise AirflowFailException(f"{error}\nThe space was left as it is.") from error
        known, workspace = run_settings(context), client(self.databricks_conn_id)
        wanted = genie_file.qualified(space, f"{known.catalog}.{known.schema}")
        self._gate(execute, wanted)
        try:
            space_id, change = sync(workspace, known, self.warehouse_id, wanted)
        except (DatabricksError, OSError) as error:  # OSError: the connection broke
            raise AirflowException(f"{self.file}: {error}") from error
        context["ti"].xcom_push(key=GenieLink.xcom_key, value=f"{workspace.config.host}/genie/rooms/{space_id}")
        say(f"Genie space {known.genie_space_title}: {change or 'unchanged'} ({space_id})")
        return {"space_id": space_id, "change": change}

    def _gate(self, execute: Callable, space: dict[str, Any]) -> None:
        """Raises AirflowException with a line for each curated SQL that the warehouse refuses."""
        from include.payments.sql_objects import side_by_side

        def run(item: tuple[str, str]) -> str:
            try:
                execute(item[1])
            except StatementFailed as error:
                return f"{self.file}: SQL of {item[0]!r}: {error}"
            return ""

        curated = list(genie_file.curated(space))
        failed = [line for line in side_by_side(run, curated) if line]
        if failed:
            raise AirflowException("\n".join([*failed, "The space was left as it is."]))
        say(f"{len(curated)} curated statements of the Genie space run")


def find(workspace: WorkspaceClient, settings: Settings) -> GenieSpace | None:
    """Our space: it has our title, and its tables are of our schema. With its text and its etag."""
    token = None
    while True:
        listed = workspace.genie.list_spaces(page_size=100, page_token=token)
        for space in listed.spaces or []:
            if space.title == settings.genie_space_title:
                whole = workspace.genie.get_space(space.space_id, include_serialized_space=True)
                if _works_for(whole, f"{settings.catalog}.{settings.schema}."):
                    return whole
        token = listed.next_page_token
        if not token:
            return None


def sync(workspace: WorkspaceClient, settings: Settings, warehouse_id: str, space: dict) -> tuple[str, str]:
    """Create or update the space; its id, and what was done. A change by somebody else meanwhile is a conflict."""
    text = json.dumps(space)
    found = find(workspace, settings)
    if found is None:
        workspace.workspace.mkdirs(settings.workspace_folder)
        made = workspace.genie.create_space(
            warehouse_id,
            text,
            title=settings.genie_space_title,
            description=DESCRIPTION,
            parent_path=settings.workspace_folder,
        )
        return made.space_id, "created"
    same = json.loads(found.serialized_space) == space
    if same and (found.description, found.warehouse_id) == (DESCRIPTION, warehouse_id):
        return found.space_id, ""
    workspace.genie.update_space(
        found.space_id, etag=found.etag, serialized_space=text, description=DESCRIPTION, warehouse_id=warehouse_id
    )
    return found.space_id, "updated"


def absent(workspace: WorkspaceClient, synced: list[dict[str, str]]) -> Iterator[str]:
    """The space that this run made or found, if it cannot be opened."""
    from databricks.sdk.errors import NotFound, PermissionDenied

    for each in synced:
        try:
            workspace.genie.get_space(each["space_id"])
        except (NotFound, PermissionDenied) as error:  # Genie answers 403 where there is no such space
            yield f"the Genie space {each['space_id']} is not there for its users: {error}"


def _works_for(space: GenieSpace, prefix: str) -> bool:
    try:
        tables = json.loads(space.serialized_space or "{}")["data_sources"]["tables"]
    except (ValueError, KeyError, TypeError):
        return False
    return bool(tables) and all(table["identifier"].startswith(prefix) for table in tables)
