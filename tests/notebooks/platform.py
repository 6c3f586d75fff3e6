"""The product's code on a real workspace, as the DAG puts it there."""

import uuid
from collections.abc import Mapping

from include.databricks_tasks import code_upload
from include.payments import names
from tests.conftest import CATALOG, RunningWorkspace
from tests.local_workspace.runtime.support import Studio, notebook


class Platform:
    """A schema with its landing volume, the uploaded code, and a pipeline of the project's sources."""

    def __init__(self, workspace: RunningWorkspace, *sources: str):
        self.workspace, self.sources = workspace, sources
        self.schema = f"t_{uuid.uuid4().hex[:12]}"
        workspace.sql(f"CREATE SCHEMA {CATALOG}.{self.schema}")
        self.studio = Studio(workspace, f"/Shared/tests/{uuid.uuid4().hex[:10]}")
        self.volume = self.studio.volume(self.schema, names.RAW_DATA)
        self.studio.volume(self.schema, names.SIMULATOR_TRUTH)
        self.landing = workspace.home / "volumes" / self.volume.removeprefix("/Volumes/")
        self.code = code_upload.upload(workspace.client, self.studio.folder, lambda line: None)
        self.pipeline_id = None

    def simulate(self, **parameters) -> tuple[dict, dict]:
        given = {"catalog": CATALOG, "schema": self.schema, "code_path": code_upload.on_driver(self.code)} | parameters
        path = code_upload.notebook(self.code, "simulate_transaction_events")
        run, outputs = self.studio.run(notebook("main", path, **given))
        return run, outputs["main"]

    def update(self) -> None:
        if self.pipeline_id is None:
            sources = [f"{self.code}/notebooks/pipelines/{name}.py" for name in self.sources]
            self.pipeline_id = self.studio.call(
                "POST", "/api/2.0/pipelines", name=f"p-{uuid.uuid4().hex[:8]}", catalog=CATALOG, schema=self.schema,
                serverless=True, root_path=code_upload.on_driver(self.code),
                libraries=[{"file": {"path": code_upload.on_driver(path)}} for path in sources],
                configuration={"payments.landing_path": self.volume, "payments.source_format": "files"},
            )["pipeline_id"]  # fmt: skip
        update_id = self.studio.start(self.pipeline_id)
        state = self.studio.ended(self.pipeline_id, update_id, seconds=600)
        events = self.studio.events(self.pipeline_id, update_id)
        assert state == "COMPLETED", [event["message"] for event in events if event["level"] == "ERROR"]

    def sql(self, statement: str) -> list[list]:
        return self.workspace.sql(statement, schema=self.schema)

    def execute(self, statement: str, parameters: Mapping) -> list[list]:
        """How the domain code runs its statements."""
        return self.workspace.sql(statement, schema=self.schema, **parameters)

    def counts(self) -> dict[str, int]:
        tables = (names.BRONZE_TABLE, names.SILVER_TABLE, names.QUARANTINE_TABLE, names.SMART_CHECKOUT_TABLE)
        return {table: int(self.sql(f"SELECT count(*) FROM {table}")[0][0]) for table in tables}
