"""Lakeflow pipelines: create or update one, run an update, show its flows as they go."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from airflow.providers.common.compat.sdk import XCom
from airflow.sdk import BaseOperator, BaseOperatorLink

from include.databricks_tasks.connection import DEFAULT_CONNECTION, client
from include.databricks_tasks.remote import Look, RemoteOperator, Watch

if TYPE_CHECKING:
    from airflow.sdk import Context
    from databricks.sdk import WorkspaceClient

_FINAL = ("COMPLETED", "FAILED", "CANCELED")
_STOPPED = ("IDLE", "FAILED", "DELETED")
_PAGE = 250


def named(workspace: WorkspaceClient, name: str) -> list[str]:
    """Ids of the pipelines of this name."""
    found = workspace.pipelines.list_pipelines(filter=f"name LIKE '{name}'")
    return [pipeline.pipeline_id for pipeline in found if pipeline.name == name]


def target_of(workspace: WorkspaceClient, pipeline_id: str) -> str:
    """The `catalog.schema` that a pipeline writes to."""
    spec = workspace.pipelines.get(pipeline_id).spec
    return f"{spec.catalog}.{spec.schema or spec.target}"


@dataclass
class UpdateWatch(Watch):
    """An update of a pipeline; `seen` is the newest event that was shown (ISO time)."""

    pipeline_id: str
    update_id: str
    seen: str = ""

    def look(self, workspace: WorkspaceClient) -> Look:
        state = workspace.pipelines.get_update(self.pipeline_id, self.update_id).update.state.value
        events = self._new_events(workspace)
        lines = tuple(event.message for event in events if event.event_type in ("flow_progress", "update_progress"))
        if state not in _FINAL:
            return Look(done=False, lines=lines)
        if state == "COMPLETED":
            return Look(done=True, lines=lines, result={"update_id": self.update_id})
        return Look(done=True, lines=lines, error=f"{self.describe()} ended as {state}.\n{self._errors(workspace)}")

    def cancel(self, workspace: WorkspaceClient) -> None:
        update = workspace.pipelines.get_update(self.pipeline_id, self.update_id).update
        if update.state.value not in _FINAL:
            workspace.pipelines.stop(self.pipeline_id)

    def describe(self) -> str:
        return f"update {self.update_id} of pipeline {self.pipeline_id}"

    def _new_events(self, workspace: WorkspaceClient) -> list:
        condition = f"timestamp > '{self.seen}'" if self.seen else None
        found = workspace.pipelines.list_pipeline_events(
            self.pipeline_id, filter=condition, order_by=["timestamp asc"], max_results=_PAGE
        )
        events = [event for event in found if event.origin and event.origin.update_id == self.update_id]
        if events:
            self.seen = max(event.timestamp for event in events)
        return events

    def _errors(self, workspace: WorkspaceClient) -> str:
        found = workspace.pipelines.list_pipeline_events(self.pipeline_id, filter="level='ERROR'", max_results=_PAGE)
        texts = []
        for event in found:
            if event.origin and event.origin.update_id == self.update_id:
                causes = [
                    cause.message for cause in (event.error.exceptions if event.error else None) or [] if cause.message
                ]
                texts.append("\n".join(dict.fromkeys([event.message, *causes])))
        return "\n".join(dict.fromkeys(texts))


@dataclass
class StreamWatch(UpdateWatch):
    """An update that is wanted until `until` (seconds since the epoch) and is stopped then."""

    until: float = 0.0

    def look(self, workspace: WorkspaceClient) -> Look:
        look = super().look(workspace)
        if look.done or time.time() < self.until:
            return look
        workspace.pipelines.stop(self.pipeline_id).result()
        return Look(
            done=True, lines=(*look.lines, "stopped, as its time is over"), result={"update_id": self.update_id}
        )


@dataclass
class DeletionWatch(Watch):
    """A pipeline that goes once it has stopped; empty when there is none."""

    pipeline_id: str

    def look(self, workspace: WorkspaceClient) -> Look:
        from databricks.sdk.errors import NotFound

        if not self.pipeline_id:
            return Look(done=True)
        try:
            state = workspace.pipelines.get(self.pipeline_id).state
            if state and state.value not in _STOPPED:
                return Look(done=False)
            workspace.pipelines.delete(self.pipeline_id)
        except NotFound:
            pass
        return Look(done=True, lines=(f"deleted the pipeline {self.pipeline_id} with its tables",))

    def cancel(self, workspace: WorkspaceClient) -> None:
        """A pipeline that was asked to stop stops; the next try deletes it."""

    def describe(self) -> str:
        return f"pipeline {self.pipeline_id} to stop"


class PipelineLink(BaseOperatorLink):
    """To the pipeline in the workspace."""

    name = "Pipeline"
    xcom_key = "pipeline_url"

    def get_link(self, operator: BaseOperator, *, ti_key) -> str:
        return XCom.get_value(ti_key=ti_key, key="pipeline_url") or ""


class CreatePipelineOperator(BaseOperator):
    """Creates the pipeline of this name, or brings the one that is there to this definition. Returns its id."""

    template_fields = ("spec", "databricks_conn_id")
    operator_extra_links = (PipelineLink(),)

    def __init__(self, *, spec: dict[str, Any], databricks_conn_id: str = DEFAULT_CONNECTION, **kwargs):
        super().__init__(**kwargs)
        self.spec = spec
        self.databricks_conn_id = databricks_conn_id

    def execute(self, context: Context) -> str:
        workspace = client(self.databricks_conn_id)
        pipeline_id = next(iter(named(workspace, self.spec["name"])), None)
        if pipeline_id:
            workspace.api_client.do("PUT", f"/api/2.0/pipelines/{pipeline_id}", body={"id": pipeline_id, **self.spec})
            self.log.info("progress: pipeline %s is there: %s", self.spec["name"], pipeline_id)
        else:
            pipeline_id = workspace.api_client.do("POST", "/api/2.0/pipelines", body=self.spec)["pipeline_id"]
            self.log.info("progress: created the pipeline %s: %s", self.spec["name"], pipeline_id)
        context["ti"].xcom_push(key="pipeline_url", value=f"{workspace.config.host}/pipelines/{pipeline_id}")
        return pipeline_id


class UpdatePipelineOperator(RemoteOperator):
    """Runs one update of a pipeline and waits for it; an update that is already under way is waited for first."""

    template_fields = ("pipeline_id", "databricks_conn_id")
    operator_extra_links = (PipelineLink(),)

    def __init__(self, *, pipeline_id: str, full_refresh: bool = False, **kwargs):
        super().__init__(**kwargs)
        self.pipeline_id = pipeline_id
        self.full_refresh = full_refresh

    def start(self, context: Context, workspace: WorkspaceClient, token: str) -> Watch:
        url = f"{workspace.config.host}/pipelines/{self.pipeline_id}"
        context["ti"].xcom_push(key="pipeline_url", value=url)
        self._wait_for_idle(workspace)
        started = workspace.pipelines.start_update(self.pipeline_id, full_refresh=self.full_refresh)
        return UpdateWatch(self.pipeline_id, started.update_id)

    def _wait_for_idle(self, workspace: WorkspaceClient) -> None:
        """An update that runs may have begun before the newest files came: it is waited for, not adopted."""
        while True:
            latest = workspace.pipelines.list_updates(self.pipeline_id, max_results=1).updates or []
            if not latest or latest[0].state.value in _FINAL:
                return
            self.log.info("progress: waiting for the update %s that is under way", latest[0].update_id)
            time.sleep(self.poll_seconds)


class RunForOperator(UpdatePipelineOperator):
    """Runs a continuous pipeline for some minutes, then stops it."""

    template_fields = (*UpdatePipelineOperator.template_fields, "minutes")

    def __init__(self, *, minutes: int | str, **kwargs):
        super().__init__(**kwargs)
        self.minutes = minutes
        self.timeout = 2 * 24 * 3600

    def start(self, context: Context, workspace: WorkspaceClient, token: str) -> Watch:
        update = super().start(context, workspace, token)
        return StreamWatch(update.pipeline_id, update.update_id, until=time.time() + 60 * int(self.minutes))


class DeletePipelineOperator(RemoteOperator):
    """Stops the pipeline of this name that works for the schema and deletes it, which drops its tables.

    A pipeline of this name that works for another schema is left alone.
    """

    template_fields = ("catalog", "schema", "databricks_conn_id")

    def __init__(self, *, name: str, catalog: str, schema: str, **kwargs):
        super().__init__(**kwargs)
        self.name = name
        self.catalog = catalog
        self.schema = schema

    def start(self, context: Context, workspace: WorkspaceClient, token: str) -> Watch:
        target = f"{self.catalog}.{self.schema}"
        found = [each for each in named(workspace, self.name) if target_of(workspace, each) == target]
        if not found:
            self.log.info("progress: no pipeline %s works for %s", self.name, target)
            return DeletionWatch("")
        workspace.pipelines.stop(found[0])
        return DeletionWatch(found[0])
