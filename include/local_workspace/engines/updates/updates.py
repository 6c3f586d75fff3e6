"""Runs pipeline updates, one at a time for each pipeline, and keeps their state and events."""

import json
import logging
import shutil
import threading
import time
import uuid
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING

from pyspark.errors import PySparkException

from ...api.fields import flag, listing, mapping
from ...errors import ApiError, missing, refused
from ...runtime.dbruntime.paths import BadPath
from ...unity import tables
from .. import process, workers
from ..spark import sessions
from ..spark.errors import failure
from ..workers import Worker, WorkerDied
from . import libraries
from .events import EventLog

if TYPE_CHECKING:
    from ...context import Workspace

log = logging.getLogger(__name__)
FINAL = ("COMPLETED", "FAILED", "CANCELED")
_LOST = "The local workspace stopped while this update ran. What it had not committed is taken up by the next update."
_GRACE_SECONDS = 8.0


class Updates:
    """Documents of kind `update`, under their pipeline; a thread and a process for each one that runs."""

    def __init__(self, ws: "Workspace"):
        self._ws = ws
        self.events = EventLog(ws.store)
        self._workers = workers.of(ws)
        self._running: dict[str, Worker | None] = {}
        self._stopping: set[str] = set()
        self._done: dict[str, threading.Event] = {}
        self._lock = threading.Lock()

    def recover(self) -> None:
        """Report as failed what was under way when the workspace died; forget updates that are old."""
        old: dict[str, list[str]] = defaultdict(list)
        for update in self._ws.store.list("update"):
            if update["state"] not in FINAL:
                self._finish(update["update_id"], "FAILED", _LOST)
            elif update["creation_time"] < time.time() * 1000 - workers.KEEP_MILLISECONDS:
                old[update["pipeline_id"]].append(update["update_id"])
        for pipeline_id, update_ids in old.items():
            with self._ws.store.transaction():
                self._forget(update_ids)
                self.events.forget(pipeline_id, update_ids)

    def stop(self) -> None:
        """End all updates; the next start reports them."""
        self._workers.stop()

    def start(self, pipeline_id: str, fields: dict, cause: str = "API_CALL") -> str:
        """Start an update: the fields of POST /api/2.0/pipelines/{id}/updates. Raises 409 if one is active."""
        for name in ("reset_checkpoint_selection", "refresh_flow_selection"):
            if fields.get(name):
                raise refused(f"{name} of a pipeline update")
        pipeline = self.pipeline(pipeline_id)
        update_id = str(uuid.uuid4())
        update = {
            "update_id": update_id, "pipeline_id": pipeline_id, "cause": cause, "state": "CREATED",
            "creation_time": int(time.time() * 1000), "config": pipeline["spec"],
            "full_refresh": flag(fields, "full_refresh"), "validate_only": flag(fields, "validate_only"),
            "full_refresh_selection": listing(fields, "full_refresh_selection"),
            "refresh_selection": listing(fields, "refresh_selection"), "parameters": mapping(fields, "parameters"),
        }  # fmt: skip
        with self._ws.store.transaction():
            active = self.active(pipeline_id)
            if active:
                message = f"An active update {active['update_id']} already exists for pipeline {pipeline_id}."
                raise ApiError("RESOURCE_CONFLICT", message)
            self._ws.store.insert("update", update_id, update, parent=pipeline_id)
        self._done[update_id] = threading.Event()
        self.events.add(
            pipeline, update_id, "create_update", f"Update {update_id[:6]} started by {cause}.",
            details={"create_update": {"cause": cause, "full_refresh": update["full_refresh"]}},
        )  # fmt: skip
        threading.Thread(target=self._run, args=(pipeline, update), name=f"update-{update_id[:6]}", daemon=True).start()
        return update_id

    def pipeline(self, pipeline_id: str) -> dict:
        found = self._ws.store.get("pipeline", pipeline_id)
        if found is None:
            raise missing(f"The specified pipeline {pipeline_id} was not found.")
        return found

    def get(self, pipeline_id: str, update_id: str) -> dict:
        found = self._ws.store.get("update", update_id)
        if found is None or found["pipeline_id"] != pipeline_id:
            raise missing(f"Update {update_id} of pipeline {pipeline_id} was not found.")
        return found

    def of(self, pipeline_id: str) -> list[dict]:
        """Updates of a pipeline, the newest first."""
        return self._ws.store.list("update", pipeline_id, newest_first=True)

    def active(self, pipeline_id: str) -> dict | None:
        newest = self._ws.store.list("update", pipeline_id, newest_first=True, limit=1)
        return newest[0] if newest and newest[0]["state"] not in FINAL else None

    def wait(self, update_id: str, seconds: float) -> dict:
        """The update as soon as it has ended, or as it is after `seconds`."""
        done = self._done.get(update_id)
        if done:
            done.wait(seconds)
        return self._ws.store.get("update", update_id)

    def cancel(self, pipeline_id: str) -> None:
        """Stop the active update, if there is one; returns at once."""
        update = self.active(pipeline_id)
        if update is None:
            return
        with self._lock:
            if update["update_id"] in self._stopping:
                return
            self._stopping.add(update["update_id"])
        self._advance(update["update_id"], "STOPPING")
        threading.Thread(target=self._end, args=(update["update_id"],), daemon=True).start()

    def drop_tables(self, pipeline: dict) -> None:
        """Drop the tables that the pipeline made. Raises ApiError if one cannot be dropped."""
        state = self._ws.home.pipelines / pipeline["pipeline_id"] / "state.json"
        names = json.loads(state.read_text()) if state.exists() else []
        if not names:
            return
        session = sessions.session(self._ws.spark)
        try:
            for name in names:
                session.sql("DROP TABLE IF EXISTS " + ".".join(f"`{part}`" for part in name.split(".")))
                tables.release(self._ws, name)
        except PySparkException as error:
            raise ApiError("INTERNAL_ERROR", f"The pipeline's tables cannot be dropped: {failure(error)}") from error
        finally:
            sessions.close(session)

    def forget(self, pipeline_id: str) -> None:
        """What a deleted pipeline leaves in this engine: state and checkpoints, updates, events."""
        shutil.rmtree(self._ws.home.pipelines / pipeline_id, ignore_errors=True)
        with self._ws.store.transaction():
            self._forget([update["update_id"] for update in self.of(pipeline_id)])
            self.events.forget(pipeline_id)

    def _forget(self, update_ids: list[str]) -> None:
        for update_id in update_ids:
            shutil.rmtree(self._folder(update_id), ignore_errors=True)
            self._ws.store.delete("update", update_id)

    def _end(self, update_id: str) -> None:
        """Ask the process to stop cleanly; then stop its queries; then kill it."""
        worker = self._running.get(update_id)
        if worker is None:
            return
        worker.ask()
        done = self._done[update_id]
        if not done.wait(_GRACE_SECONDS):
            worker.interrupt(self._ws.spark)
        if not done.wait(_GRACE_SECONDS):
            worker.end(0)

    def _run(self, pipeline: dict, update: dict) -> None:
        update_id = update["update_id"]
        state, error = "FAILED", None
        try:
            self._advance(update_id, "INITIALIZING")
            state, error = self._work(pipeline, update)
        except (ApiError, BadPath, WorkerDied) as failure:
            error = str(failure)
        except Exception as failure:
            log.exception("update %s failed in the workspace", update_id)
            error = f"{type(failure).__name__}: {failure}"
        if state == "FAILED" and update_id in self._stopping:
            state, error = "CANCELED", None
        self._finish(update_id, state, error)

    def _work(self, pipeline: dict, update: dict) -> tuple[str, str | None]:
        job = self._job(pipeline, update)
        session_id = workers.new_session()
        job["environment"] = self._workers.environment(session_id)
        worker = self._workers.take()
        with self._lock:
            self._running[update["update_id"]] = worker
            cancelled = update["update_id"] in self._stopping
        try:
            if cancelled:
                worker.end(0)
                self._workers.done(worker)
                return "CANCELED", None
            take = lambda event: self._take(pipeline, update["update_id"], event)  # noqa: E731
            last = self._workers.run(worker, job, session_id, take)
        finally:
            self._running.pop(update["update_id"], None)
        if last["event"] == "failed":
            return "FAILED", last["error"]
        return last["result"], None

    def _job(self, pipeline: dict, update: dict) -> dict:
        spec, home = pipeline["spec"], self._ws.home
        folder = self._folder(update["update_id"])
        state_folder = home.pipelines / pipeline["pipeline_id"]
        folder.mkdir(parents=True, exist_ok=True)
        state_folder.mkdir(parents=True, exist_ok=True)
        return {
            "kind": "pipeline", "pipeline_id": pipeline["pipeline_id"], "catalog": spec["catalog"],
            "schema": spec.get("schema") or spec["target"], "libraries": libraries.files(spec["libraries"], home),
            "root_path": spec.get("root_path"),
            "configuration": {**spec.get("configuration", {}), **update["parameters"]},
            "continuous": bool(spec.get("continuous")) and not update["validate_only"],
            "full_refresh": update["full_refresh"], "full_refresh_selection": update["full_refresh_selection"],
            "refresh_selection": update["refresh_selection"], "validate_only": update["validate_only"],
            "dependencies": (spec.get("environment") or {}).get("dependencies", []),
            "state_folder": str(state_folder), "folder": str(folder), "log": str(folder / "output.log"),
        }  # fmt: skip

    def _folder(self, update_id: str) -> Path:
        """Where an update's process writes what it prints."""
        return self._ws.home.runs / f"update-{update_id}"

    def _take(self, pipeline: dict, update_id: str, event: dict) -> None:
        if event["event"] == "update_state":
            if update_id not in self._stopping:
                self._advance(update_id, event["state"])
        elif event["event"] == "pipeline":
            more = {key: event[key] for key in ("origin", "details", "error") if key in event}
            made = event.get("details", {}).get("flow_definition")
            if (
                made
                and made["output_dataset_type"] != "SINK"
                and not self._ws.store.get("update", update_id)["validate_only"]
            ):
                tables.claim(self._ws, made["output_dataset"], pipeline["pipeline_id"], made["output_dataset_type"])
            self.events.add(pipeline, update_id, event["type"], event["message"], event["level"], **more)

    def _advance(self, update_id: str, state: str) -> None:
        update = self._ws.store.update("update", update_id, {"state": state})
        pipeline = self._ws.store.get("pipeline", update["pipeline_id"])
        self.events.add(
            pipeline, update_id, "update_progress", f"Update {update_id[:6]} is {state}.",
            details={"update_progress": {"state": state}},
        )  # fmt: skip

    def _finish(self, update_id: str, state: str, error: str | None) -> None:
        update = self._ws.store.update("update", update_id, {"state": state})
        pipeline = self._ws.store.get("pipeline", update["pipeline_id"])
        more: dict = {"details": {"update_progress": {"state": state}}}
        if error:
            more["error"] = {
                "fatal": True,
                "exceptions": [{"class_name": "UpdateFailed", "message": error, "stack": []}],
            }
        message = f"Update {update_id[:6]} is {state}." + (f" {error}" if error else "")
        level = "ERROR" if state == "FAILED" else "INFO"
        if pipeline:
            self.events.add(pipeline, update_id, "update_progress", message, level, **more)
        self._stopping.discard(update_id)
        self._done.pop(update_id, threading.Event()).set()


def wait_idle(updates: Updates, pipeline_id: str, seconds: float) -> bool:
    """Whether the pipeline has no active update within `seconds`."""
    return process.wait_until(lambda: updates.active(pipeline_id) is None, seconds, 0.1)
