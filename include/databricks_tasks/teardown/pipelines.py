"""The pipelines: one is ours if it has our name and works for the schema that is taken away."""

from __future__ import annotations

from typing import TYPE_CHECKING

from include.databricks_tasks.pipelines import named, target_of
from include.databricks_tasks.teardown.part import PIPELINES, Part
from include.payments import names

if TYPE_CHECKING:
    from databricks.sdk import WorkspaceClient

    from include.settings import Settings


def find(workspace: WorkspaceClient, settings: Settings) -> tuple[Part, set[str]]:
    """What is there, and the ids of the pipelines that go."""
    part, ids = Part(), set()
    for name in (names.REALTIME_PIPELINE, names.ETL_PIPELINE):
        for pipeline_id in named(workspace, name):
            target = target_of(workspace, pipeline_id)
            if target == f"{settings.catalog}.{settings.schema}":
                part.removes[PIPELINES].append(name)
                ids.add(pipeline_id)
            else:
                part.stays[name] = f"this pipeline works for {target}"
    return part, ids
