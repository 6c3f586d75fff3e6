"""The Genie space: ours if it has our title and its tables are of the schema that is taken away."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from include.databricks_tasks.genie import find as find_space
from include.databricks_tasks.teardown.part import GENIE_SPACE, Part

if TYPE_CHECKING:
    from databricks.sdk import WorkspaceClient

    from include.settings import Settings


def find(workspace: WorkspaceClient, settings: Settings) -> Part:
    part = Part()
    if find_space(workspace, settings):
        part.removes[GENIE_SPACE].append(settings.genie_space_title)
    return part


def remove(workspace: WorkspaceClient, settings: Settings, removes: Mapping[str, list[str]]) -> None:
    """Removes what `find` found, if it is still there."""
    space = find_space(workspace, settings) if removes.get(GENIE_SPACE) else None
    if space:
        workspace.genie.trash_space(space.space_id)
