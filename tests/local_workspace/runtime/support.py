"""A place in the workspace for one test: notebooks, files, runs and pipelines, through the REST API."""

import base64
import time
import uuid
from dataclasses import dataclass, field

import pytest
from databricks.sdk import WorkspaceClient
from databricks.sdk.service.workspace import ImportFormat, Language

from tests.conftest import CATALOG, RunningWorkspace

FINAL = ("TERMINATED", "SKIPPED", "INTERNAL_ERROR")
UPDATE_FINAL = ("COMPLETED", "FAILED", "CANCELED")
HEADER = "# Databricks notebook source\n"
CELL = "\n\n# COMMAND ----------\n\n"


def until(look, wanted, seconds: float = 240, pause: float = 0.15):
    """Look again and again until the answer is wanted; fails after `seconds`."""
    end = time.monotonic() + seconds
    while True:
        seen = look()
        if wanted(seen):
            return seen
        assert time.monotonic() < end, f"not seen within {seconds} s; last: {seen}"
        time.sleep(pause)


@dataclass
class Studio:
    workspace: RunningWorkspace
    folder: str
    client: WorkspaceClient = field(init=False)

    def __post_init__(self):
        self.client = self.workspace.client
        self.client.workspace.mkdirs(self.folder)

    def call(self, method: str, path: str, **fields) -> dict:
        return self.client.api_client.do(method, path, **({"query": fields} if method == "GET" else {"body": fields}))

    def file(self, name: str, text: str) -> str:
        """Import a plain file; its workspace path."""
        path = f"{self.folder}/{name}"
        self.client.workspace.mkdirs(path.rsplit("/", 1)[0])
        content = base64.b64encode(text.encode()).decode()
        self.client.workspace.import_(path, content=content, format=ImportFormat.RAW, overwrite=True)
        return path

    def notebook(self, *cells: str, name: str | None = None) -> str:
        """Import a Python notebook of these cells; its workspace path."""
        path = f"{self.folder}/{name or uuid.uuid4().hex[:8]}"
        content = base64.b64encode((HEADER + CELL.join(cells)).encode()).decode()
        self.client.workspace.import_(
            path, content=content, format=ImportFormat.SOURCE, language=Language.PYTHON, overwrite=True
        )
        return path

    def submit(self, *tasks: dict, **fields) -> int:
        return self.call("POST", "/api/2.2/jobs/runs/submit", run_name="test", tasks=list(tasks), **fields)["run_id"]

    def get(self, run_id: int, **fields) -> dict:
        return self.call("GET", "/api/2.2/jobs/runs/get", run_id=run_id, **fields)

    def finish(self, run_id: int, seconds: float = 240) -> dict:
        return until(lambda: self.get(run_id), lambda run: run["state"]["life_cycle_state"] in FINAL, seconds)

    def output(self, run_id: int) -> dict:
        return self.call("GET", "/api/2.2/jobs/runs/get-output", run_id=run_id)

    def run(self, *tasks: dict, **fields) -> tuple[dict, dict[str, dict]]:
        """Submit and wait; the run, and the output of each task by its key."""
        run = self.finish(self.submit(*tasks, **fields))
        return run, {task["task_key"]: self.output(task["run_id"]) for task in run["tasks"]}

    def run_cells(self, *cells: str, **parameters) -> tuple[dict, dict]:
        """Run a notebook of these cells; the run and its output."""
        run, outputs = self.run(notebook("main", self.notebook(*cells), **parameters))
        return run, outputs["main"]

    def pipeline(self, schema: str, source: str, **spec) -> str:
        """Create a pipeline of one source file; its id."""
        path = self.file(f"{uuid.uuid4().hex[:8]}.py", "from pyspark import pipelines as dp\n" + source)
        body = {
            "name": f"pipeline-{uuid.uuid4().hex[:8]}", "catalog": CATALOG, "schema": schema, "serverless": True,
            "libraries": [{"file": {"path": f"/Workspace{path}"}}], **spec,
        }  # fmt: skip
        return self.call("POST", "/api/2.0/pipelines", **body)["pipeline_id"]

    def rewrite(self, pipeline_id: str, source: str) -> None:
        """Change the source file of a pipeline."""
        path = self.call("GET", f"/api/2.0/pipelines/{pipeline_id}")["spec"]["libraries"][0]["file"]["path"]
        self.file(path.rsplit("/", 1)[1], "from pyspark import pipelines as dp\n" + source)

    def start(self, pipeline_id: str, **fields) -> str:
        return self.call("POST", f"/api/2.0/pipelines/{pipeline_id}/updates", **fields)["update_id"]

    def ended(self, pipeline_id: str, update_id: str, seconds: float = 420) -> str:
        look = lambda: self.call("GET", f"/api/2.0/pipelines/{pipeline_id}/updates/{update_id}")  # noqa: E731
        return until(look, lambda answer: answer["update"]["state"] in UPDATE_FINAL, seconds)["update"]["state"]

    def events(self, pipeline_id: str, update_id: str | None = None) -> list[dict]:
        """Events in the order in which they happened."""
        found = self.call(
            "GET", f"/api/2.0/pipelines/{pipeline_id}/events", order_by="timestamp asc", max_results=250
        )["events"]  # fmt: skip
        return [event for event in found if update_id in (None, event["origin"].get("update_id"))]

    def update(self, pipeline_id: str, **fields) -> tuple[str, list[dict]]:
        """Run an update; its final state and its events."""
        update_id = self.start(pipeline_id, **fields)
        return self.ended(pipeline_id, update_id), self.events(pipeline_id, update_id)

    def volume(self, schema: str, name: str = "landing") -> str:
        """A volume; its path."""
        self.workspace.sql(f"CREATE VOLUME IF NOT EXISTS {CATALOG}.{schema}.{name}")
        return f"/Volumes/{CATALOG}/{schema}/{name}"

    def land(self, path: str, text: str) -> None:
        """Put a file into a volume."""
        place = self.workspace.home / "volumes" / path.removeprefix("/Volumes/")
        place.parent.mkdir(parents=True, exist_ok=True)
        part = place.parent.parent / f".{place.name}.part"
        part.write_text(text)
        part.replace(place)


def notebook(key: str, path: str, after: tuple = (), **parameters) -> dict:
    """A notebook task."""
    task = {"task_key": key, "notebook_task": {"notebook_path": path, "base_parameters": parameters}}
    return {**task, "depends_on": [{"task_key": name} for name in after]} if after else task


def progress(events: list[dict], name: str) -> list[dict]:
    """What the flow_progress events of a dataset or flow say, in order."""
    return [
        event["details"]["flow_progress"]
        for event in events
        if event["event_type"] == "flow_progress" and event["origin"]["flow_name"].split(".")[-1] == name
    ]


def output_rows(events: list[dict], name: str) -> int:
    return sum(item.get("metrics", {}).get("num_output_rows", 0) for item in progress(events, name))


@pytest.fixture
def studio(workspace: RunningWorkspace) -> Studio:
    """A folder of its own in the workspace."""
    return Studio(workspace, f"/Shared/tests/{uuid.uuid4().hex[:10]}")
