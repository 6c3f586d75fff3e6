"""The product's code, volumes and pipelines in a local workspace, for benchmarks that leave Airflow out."""

import json
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from databricks.sdk import WorkspaceClient
from databricks.sdk.core import Config
from databricks.sdk.service.jobs import NotebookTask, SubmitTask
from databricks.sdk.service.pipelines import FileLibrary, PipelineLibrary

from include.databricks_tasks import code_upload
from include.databricks_tasks.statements import Rows, bound, rows_of
from include.payments import bootstrap, gold, names

CATALOG = "bench"
_ENDED = ("TERMINATED", "SKIPPED", "INTERNAL_ERROR")
_RUNNING = ("PENDING", "RUNNING")


class Product:
    """A schema of its own in the workspace that runs in `home`."""

    def __init__(self, home: Path, schema: str):
        connection = json.loads((home / "connection.json").read_text())
        self._warehouse = connection["warehouse_id"]
        self._schema = None
        self.client = WorkspaceClient(config=Config(host=connection["host"], token=connection["token"]))
        full = f"{CATALOG}.{schema}"
        for statement in (f"CREATE CATALOG {CATALOG}", f"CREATE SCHEMA {full}"):
            self.execute(statement, {})
        for name in names.VOLUMES:
            self.execute(f"CREATE VOLUME {full}.{name}", {})
        self._schema, self._raw = schema, f"/Volumes/{CATALOG}/{schema}/{names.RAW_DATA}"
        self.landing = home / "volumes" / CATALOG / schema / names.RAW_DATA
        for folder in names.LANDING_FOLDERS:
            self.client.files.create_directory(f"{self._raw}/{folder}")
        self._code = code_upload.upload(self.client, "/Shared/bench", lambda line: None)

    def execute(self, statement: str, parameters: Mapping[str, Any]) -> Rows:
        """Rows of a statement in the schema. Raises StatementFailed."""
        api = self.client.statement_execution
        catalog = CATALOG if self._schema else None
        answer = api.execute_statement(
            statement, self._warehouse, catalog=catalog, schema=self._schema, parameters=bound(parameters)
        )
        while answer.status.state.value in _RUNNING:
            time.sleep(0.05)
            answer = api.get_statement(answer.statement_id)
        return rows_of(self.client, answer)

    def submit(self, notebook: str, **parameters: str) -> int:
        """Start a notebook of the project; the id of its run."""
        given = {"catalog": CATALOG, "schema": self._schema, "code_path": code_upload.on_driver(self._code)}
        task = NotebookTask(code_upload.notebook(self._code, notebook), base_parameters=given | parameters)
        return self.client.jobs.submit(run_name=notebook, tasks=[SubmitTask("main", notebook_task=task)]).run_id

    def ended(self, run_id: int) -> bool:
        return self.client.jobs.get_run(run_id).state.life_cycle_state.value in _ENDED

    def result(self, run_id: int) -> str:
        """What the notebook returned, once it has. Exits with its error."""
        run = self.client.jobs.wait_get_run_job_terminated_or_skipped(run_id)
        output = self.client.jobs.get_run_output(run.tasks[0].run_id)
        if output.error:
            raise SystemExit(output.error)
        return output.notebook_output.result

    def pipeline(self) -> str:
        """The ETL pipeline; its id."""
        root = code_upload.on_driver(self._code)
        sources = [f"{root}/notebooks/pipelines/{name}.py" for name in ("bronze_ingest", "silver_transform")]
        return self.client.pipelines.create(
            name=names.ETL_PIPELINE, catalog=CATALOG, schema=self._schema, serverless=True, root_path=root,
            libraries=[PipelineLibrary(file=FileLibrary(path)) for path in sources],
            configuration={"payments.landing_path": self._raw, "payments.source_format": "files"},
        ).pipeline_id  # fmt: skip

    def update(self, pipeline_id: str) -> None:
        """One update of a pipeline, to its end. Exits when it fails."""
        update_id = self.client.pipelines.start_update(pipeline_id).update_id
        while (state := self.client.pipelines.get_update(pipeline_id, update_id).update.state.value) not in (
            "COMPLETED",
            "FAILED",
            "CANCELED",
        ):
            time.sleep(0.1)
        if state != "COMPLETED":
            raise SystemExit(f"update {update_id} ended as {state}")

    def to_gold(self, pipeline_id: str) -> float:
        """Seconds that what has landed takes through one update and gold."""
        began = time.perf_counter()
        self.update(pipeline_id)
        gold.refresh(self.execute)
        return time.perf_counter() - began


def bootstrapped(home: Path, schema: str) -> Product:
    """A schema of its own with the reference tables of step 1."""
    product = Product(home, schema)
    bootstrap.bootstrap(product.execute, CATALOG, schema)
    return product
