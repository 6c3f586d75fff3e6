"""What lies outside of the schema: uploaded code and the SQL warehouse.

Another schema may use them too. They stay while one of our pipelines works for another schema; otherwise the next run,
for whichever schema, makes them again.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import suppress
from typing import TYPE_CHECKING

from include.databricks_tasks.teardown.part import CODE, LACKS_TAG, WAREHOUSE, Part
from include.settings import CREATED_BY

if TYPE_CHECKING:
    from databricks.sdk import WorkspaceClient
    from databricks.sdk.service.sql import EndpointInfo

    from include.settings import Settings

_CONTENT_HASH = re.compile(r"[0-9a-f]{16}")


def find(workspace: WorkspaceClient, settings: Settings, in_use: bool) -> Part:
    """`in_use`: one of our pipelines works for another schema."""
    part, found = Part(), Part()
    root = f"{settings.workspace_folder}/code"
    for path, is_folder in _listed(workspace, root):
        if is_folder and _CONTENT_HASH.fullmatch(path.rpartition("/")[2]):
            found.removes[CODE].append(path)
        else:
            part.stays[path] = "the project did not upload it"
    warehouse = _warehouse(workspace, settings)
    if warehouse and _is_ours(warehouse):
        found.removes[WAREHOUSE].append(warehouse.name)
    elif warehouse:
        part.stays[f"{WAREHOUSE} {warehouse.name}"] = f"it {LACKS_TAG}"
    if in_use:
        users = "a pipeline of the project that works for another schema uses it"
        part.stays |= {name: users for names in found.removes.values() for name in names}
    else:
        part.add(found)
    return part


def remove(workspace: WorkspaceClient, settings: Settings, removes: Mapping[str, list[str]]) -> None:
    """Removes what `find` found; the folder `code` as well if that leaves it empty."""
    from databricks.sdk.errors import NotFound

    for path in removes.get(CODE, []):
        with suppress(NotFound):
            workspace.workspace.delete(path, recursive=True)
    root = f"{settings.workspace_folder}/code"
    if removes.get(CODE) and not _listed(workspace, root):
        with suppress(NotFound):
            workspace.workspace.delete(root)
    if removes.get(WAREHOUSE):
        warehouse = _warehouse(workspace, settings)
        if warehouse and _is_ours(warehouse):
            workspace.warehouses.delete(warehouse.id)


def _listed(workspace: WorkspaceClient, folder: str) -> list[tuple[str, bool]]:
    """Paths in a folder, and whether each is a folder; none if it is not there."""
    from databricks.sdk.errors import NotFound

    with suppress(NotFound):
        found = workspace.workspace.list(folder)
        return [(item.path, bool(item.object_type) and item.object_type.value == "DIRECTORY") for item in found]
    return []


def _warehouse(workspace: WorkspaceClient, settings: Settings) -> EndpointInfo | None:
    """The warehouse of our name; one that the settings name by its id is not ours."""
    if settings.warehouse_id:
        return None
    return next((found for found in workspace.warehouses.list() if found.name == settings.warehouse_name), None)


def _is_ours(warehouse: EndpointInfo) -> bool:
    tags = (warehouse.tags and warehouse.tags.custom_tags) or []
    return any((tag.key, tag.value) == (CREATED_BY["key"], CREATED_BY["value"]) for tag in tags)
