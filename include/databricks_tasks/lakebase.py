"""Lakebase Autoscaling: create or adopt projects, branches and endpoints, and connect with short-lived credentials."""

from __future__ import annotations

import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from airflow.providers.common.compat.sdk import AirflowException

from include.databricks_tasks.connection import DEFAULT_CONNECTION, client, get
from include.databricks_tasks.remote import Look, RemoteOperator, Watch

if TYPE_CHECKING:
    from collections.abc import Iterator

    import psycopg
    from airflow.sdk import Context
    from databricks.sdk import WorkspaceClient

DATABASE = "databricks_postgres"
API = "/api/2.0/postgres"
_ID_FIELDS = {"projects": "project_id", "branches": "branch_id", "endpoints": "endpoint_id"}
_WAKE_SECONDS = 120


@dataclass
class OperationWatch(Watch):
    """A long-running Lakebase operation, known by its resource name; empty when the object was already there."""

    operation: str
    target: str

    def look(self, workspace: WorkspaceClient) -> Look:
        if not self.operation:
            return Look(done=True, result=self.target)
        state = workspace.api_client.do("GET", f"{API}/{self.operation}")
        if not state.get("done"):
            return Look(done=False)
        failed = state.get("error") or {}
        return Look(done=True, error=failed.get("message", ""), result=self.target)

    def cancel(self, workspace: WorkspaceClient) -> None:
        """Lakebase has no call to stop creating an object; it stays and the next try adopts it."""

    def describe(self) -> str:
        return f"creation of {self.target}"


@dataclass
class DeletionWatch(OperationWatch):
    """The operation that deletes an object; it may vanish with the object."""

    def look(self, workspace: WorkspaceClient) -> Look:
        from databricks.sdk.errors import NotFound

        try:
            return super().look(workspace)
        except NotFound:
            return Look(done=True, result=self.target)

    def describe(self) -> str:
        return f"deletion of {self.target}"


class LakebaseObjectOperator(RemoteOperator):
    """Creates a project, branch or endpoint, or adopts the one that is there. Returns its resource name.

    `kind` is `projects`, `branches` or `endpoints`; `parent` is the resource name above it (empty for a project).
    Databricks makes the branch `production` and an endpoint with every project: they are adopted by their name, an
    endpoint also by being the parent's only read-write one.
    """

    template_fields = ("parent", "object_id", "spec", "databricks_conn_id")

    def __init__(self, *, kind: str, object_id: str, spec: dict[str, Any], parent: str = "", **kwargs):
        super().__init__(**kwargs)
        self.kind = kind
        self.object_id = object_id
        self.spec = spec
        self.parent = parent

    def start(self, context: Context, workspace: WorkspaceClient, token: str) -> Watch:
        found = self._find(workspace)
        if found:
            self.log.info("progress: %s is there", found)
            return OperationWatch("", found)
        collection = f"{self.parent}/{self.kind}" if self.parent else self.kind
        name = f"{collection}/{self.object_id}"
        query = {_ID_FIELDS[self.kind]: self.object_id}
        answer = workspace.api_client.do("POST", f"{API}/{collection}", query=query, body={"spec": self.spec})
        self.log.info("progress: creating %s", name)
        return OperationWatch(answer["name"], name)

    def _find(self, workspace: WorkspaceClient) -> str | None:
        from databricks.sdk.errors import NotFound

        if self.kind == "endpoints":
            return find_endpoint(workspace, self.parent, self.object_id)
        collection = f"{self.parent}/{self.kind}" if self.parent else self.kind
        try:
            return workspace.api_client.do("GET", f"{API}/{collection}/{self.object_id}")["name"]
        except NotFound:
            return None


def find_endpoint(workspace: WorkspaceClient, branch: str, endpoint_id: str) -> str | None:
    """The endpoint of this id, else the branch's read-write one; None if there is none or no such branch."""
    from databricks.sdk.errors import NotFound

    try:
        endpoints = workspace.api_client.do("GET", f"{API}/{branch}/endpoints").get("endpoints", [])
    except NotFound:
        return None
    names = [endpoint["name"] for endpoint in endpoints]
    if f"{branch}/endpoints/{endpoint_id}" in names:
        return f"{branch}/endpoints/{endpoint_id}"
    writable = [e["name"] for e in endpoints if e["status"].get("endpoint_type") == "ENDPOINT_TYPE_READ_WRITE"]
    return writable[0] if writable else None


class DeleteLakebaseProjectOperator(RemoteOperator):
    """Deletes a project with all that is in it; `project` is its resource name, empty or gone: nothing is done."""

    template_fields = ("project", "databricks_conn_id")

    def __init__(self, *, project: str, **kwargs):
        super().__init__(**kwargs)
        self.project = project

    def start(self, context: Context, workspace: WorkspaceClient, token: str) -> Watch:
        from databricks.sdk.errors import NotFound

        try:
            answer = workspace.api_client.do("DELETE", f"{API}/{self.project}") if self.project else {}
        except NotFound:
            answer = {}
        return DeletionWatch(answer.get("name", ""), self.project)


@contextmanager
def connect(endpoint: str, connection_id: str = DEFAULT_CONNECTION) -> Iterator[psycopg.Connection]:
    """A connection to the endpoint's database as the caller, with a credential that lives an hour at most.

    A suspended endpoint wakes on the first attempt: attempts are repeated for two minutes. TLS is required when the
    workspace is reached over https. The extra `lakebase_port` of the Airflow connection stands in for 5432 locally.
    """
    import psycopg

    workspace = client(connection_id)
    described = workspace.api_client.do("GET", f"{API}/{endpoint}")
    host = described["status"]["hosts"]["host"]
    secure = workspace.config.host.startswith("https")
    port = get(connection_id).extra_dejson.get("lakebase_port", 5432)
    user = workspace.current_user.me().user_name
    end = time.monotonic() + _WAKE_SECONDS
    while True:
        credential = workspace.api_client.do("POST", f"{API}/credentials", body={"endpoint": endpoint})
        try:
            opened = psycopg.connect(host=host, port=port, dbname=DATABASE, user=user, password=credential["token"],
                                     sslmode="require" if secure else "prefer", connect_timeout=10)  # fmt: skip
            break
        except psycopg.OperationalError as error:
            if time.monotonic() > end:
                raise AirflowException(f"Lakebase at {host}:{port} does not answer: {error}") from error
            time.sleep(1)
    with opened:
        yield opened
