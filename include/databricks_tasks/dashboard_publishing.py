"""A dashboard in the workspace: created or updated, published, and never taken from a person without a copy.

Beside the dashboards lies a record of what was written last: of our file, and of the text that the workspace made of
it. If the draft is not that text any more, somebody edited it.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING

from include.databricks_tasks.dashboard_files import SUFFIX, Board

if TYPE_CHECKING:
    from databricks.sdk import WorkspaceClient
    from databricks.sdk.service.dashboards import Dashboard

    from include.settings import Settings

RECORDS = ".written"
"""Folder of the records, below that of the dashboards."""


@dataclass(frozen=True)
class Deployed:
    """`change` is `created`, `updated`, `published` or empty: nothing was to be done."""

    dashboard_id: str
    path: str
    etag: str
    change: str


@dataclass(frozen=True)
class Publisher:
    """Writes dashboards of one schema. `user` is who publishes; viewers borrow their rights if that is set."""

    workspace: WorkspaceClient
    settings: Settings
    warehouse_id: str
    user: str
    say: Callable[[str], None]

    def deploy(self, board: Board) -> Deployed:
        """Brings the workspace's dashboard to this file, whatever state an earlier try left it in."""
        folder = self.settings.dashboards_folder
        path = f"{folder}/{board.display_name}{SUFFIX}"
        self.workspace.workspace.mkdirs(f"{folder}/{RECORDS}")
        wanted = self._digest_of_file(board)
        draft, change = self._find(path), ""
        if draft is None:
            draft = self._create(board.display_name, board.text, **self._target())
            change = "created" if draft else ""
            draft = draft or self._get(path)
        if not change:
            record = read_record(self.workspace, folder, board.name)
            written = record.get("stored") if record.get("dashboard_id") == draft.dashboard_id else None
            stored = _digest(draft.serialized_dashboard)
            if stored not in (written, self._expected(board)):
                self._keep_copy(board, draft)
            if stored != written or record.get("source") != wanted:
                draft, change = self._update(board, draft), "updated"
        if change or not self._is_published(draft.dashboard_id):
            self._publish(board, draft.dashboard_id)
            change = change or "published"
            self._record(board, draft, wanted)
        return Deployed(draft.dashboard_id, path, draft.etag, change)

    def _find(self, path: str) -> Dashboard | None:
        from databricks.sdk.errors import NotFound

        try:
            return self._get(path)
        except NotFound:
            return None

    def _get(self, path: str) -> Dashboard:
        return self.workspace.lakeview.get(self.workspace.workspace.get_status(path).resource_id)

    def _create(self, name: str, text: str, **target: str) -> Dashboard | None:
        """None if one of this name is there: of an earlier try, or one whose answer was lost."""
        from databricks.sdk.errors import DatabricksError
        from databricks.sdk.service.dashboards import Dashboard

        new = Dashboard(display_name=name, parent_path=self.settings.dashboards_folder, serialized_dashboard=text,
                        warehouse_id=self.warehouse_id)  # fmt: skip
        try:
            return self.workspace.lakeview.create(new, **target)
        except DatabricksError as error:
            if "already exists" not in str(error):
                raise
            return None

    def _update(self, board: Board, draft: Dashboard) -> Dashboard:
        """The etag makes sure that what was looked at is what is written over."""
        from databricks.sdk.service.dashboards import Dashboard

        change = Dashboard(serialized_dashboard=board.text, warehouse_id=self.warehouse_id, etag=draft.etag)
        return self.workspace.lakeview.update(draft.dashboard_id, change, **self._target())

    def _keep_copy(self, board: Board, draft: Dashboard) -> None:
        """The person's version as a dashboard of its own, named by the time of the edit."""
        name = f"{board.display_name} (edited {(draft.update_time or '')[:19].replace(':', '.')})"
        self._create(name, draft.serialized_dashboard or "")
        self.say(f"{board.display_name} was edited in the workspace: that version is kept as {name!r}")

    def _is_published(self, dashboard_id: str) -> bool:
        from databricks.sdk.errors import NotFound

        try:
            told = self.workspace.lakeview.get_published(dashboard_id)
        except NotFound:
            return False
        return (told.warehouse_id, bool(told.embed_credentials)) == (
            self.warehouse_id,
            self.settings.embed_credentials,
        )

    def _publish(self, board: Board, dashboard_id: str) -> None:
        embed = self.settings.embed_credentials
        self.workspace.lakeview.publish(dashboard_id, embed_credentials=embed, warehouse_id=self.warehouse_id)
        rights = f"the rights of {self.user}" if embed else "their own rights"
        self.say(f"published {board.display_name}: viewers see it with {rights}")

    def _record(self, board: Board, draft: Dashboard, source: str) -> None:
        from databricks.sdk.service.workspace import ImportFormat

        record = {"dashboard_id": draft.dashboard_id, "source": source, "stored": _digest(draft.serialized_dashboard)}
        content = base64.b64encode(json.dumps(record).encode()).decode()
        path = record_path(self.settings.dashboards_folder, board.name)
        self.workspace.workspace.import_(path, content=content, format=ImportFormat.RAW, overwrite=True)

    def _target(self) -> dict[str, str]:
        return {"dataset_catalog": self.settings.catalog, "dataset_schema": self.settings.schema}

    def _digest_of_file(self, board: Board) -> str:
        return sha256(json.dumps([board.text, self._target(), self.warehouse_id]).encode()).hexdigest()

    def _expected(self, board: Board) -> str:
        """What the workspace is known to make of the file: so a try that died before its record is told from a person.

        If it should add more than that, a copy is kept that nobody needs.
        """
        content = json.loads(board.text)
        for dataset in content["datasets"]:
            dataset |= {"catalog": self.settings.catalog, "schema": self.settings.schema}
        for page in content["pages"]:
            page.setdefault("pageType", "PAGE_TYPE_CANVAS")
        return _digest(json.dumps(content))


def record_path(folder: str, name: str) -> str:
    return f"{folder}/{RECORDS}/{name}.json"


def read_record(workspace: WorkspaceClient, folder: str, name: str) -> dict[str, str]:
    """What was written last for this dashboard; empty if nothing was."""
    from databricks.sdk.errors import NotFound

    try:
        with workspace.workspace.download(record_path(folder, name)) as content:
            return json.loads(content.read())
    except NotFound:
        return {}


def _digest(text: str | None) -> str:
    """The same for the same content, however it is laid out."""
    try:
        text = json.dumps(json.loads(text or ""), sort_keys=True)
    except ValueError:
        pass  # somebody's text that is no JSON is content as well
    return sha256((text or "").encode()).hexdigest()
