"""The dashboards: one is ours if the record beside it says so. Versions that people edited stay."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import TYPE_CHECKING

from include.databricks_tasks.dashboard_files import SUFFIX
from include.databricks_tasks.dashboard_publishing import RECORDS, read_record
from include.databricks_tasks.teardown.part import DASHBOARDS, Part

if TYPE_CHECKING:
    from databricks.sdk import WorkspaceClient
    from databricks.sdk.service.workspace import ObjectInfo

    from include.settings import Settings


def find(workspace: WorkspaceClient, settings: Settings) -> Part:
    part, folder = Part(), settings.dashboards_folder
    there = _listed(workspace, folder)
    records = [item.path.rpartition("/")[2].removesuffix(".json") for item in _listed(workspace, f"{folder}/{RECORDS}")]
    ours = {read_record(workspace, folder, name).get("dashboard_id") for name in records}
    for item in there:
        if item.path.endswith(SUFFIX) and item.resource_id in ours:
            part.removes[DASHBOARDS].append(item.path)
        elif item.path != f"{folder}/{RECORDS}":
            part.stays[item.path] = "the project did not write it; perhaps somebody's version of a dashboard"
    return part


def remove(workspace: WorkspaceClient, settings: Settings, removes: Mapping[str, list[str]]) -> None:
    """To the trash with what `find` found, as far as it is still there; the folders too if that leaves them empty."""
    from databricks.sdk.errors import NotFound

    folder = settings.dashboards_folder
    for path in removes.get(DASHBOARDS, []):
        with suppress(NotFound):
            workspace.lakeview.trash(workspace.workspace.get_status(path).resource_id)
    with suppress(NotFound):
        workspace.workspace.delete(f"{folder}/{RECORDS}", recursive=True)
    for each in (folder, folder.rpartition("/")[0]):
        if not _listed(workspace, each):
            with suppress(NotFound):
                workspace.workspace.delete(each)


def _listed(workspace: WorkspaceClient, folder: str) -> list[ObjectInfo]:
    from databricks.sdk.errors import NotFound

    with suppress(NotFound):
        return list(workspace.workspace.list(folder))
    return []
