"""The plan of a teardown: what goes and what stays, over all products. Looking changes nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from include.databricks_tasks.teardown import dashboards, genie, lakebase, pipelines, schema, shared, stream_runs
from include.databricks_tasks.teardown.part import Part

if TYPE_CHECKING:
    from databricks.sdk import WorkspaceClient

    from include.settings import Settings


def make(workspace: WorkspaceClient, settings: Settings, keep_landing_files: bool) -> Part:
    plan, pipeline_ids = pipelines.find(workspace, settings)
    in_use = bool(plan.stays)
    plan.add(stream_runs.find(workspace, settings))
    plan.add(schema.find(workspace, settings, pipeline_ids, keep_landing_files))
    plan.add(lakebase.find(workspace, settings))
    plan.add(dashboards.find(workspace, settings))
    plan.add(genie.find(workspace, settings))
    plan.add(shared.find(workspace, settings, in_use))
    plan.stays[f"catalog {settings.catalog}"] = "a teardown never removes a catalog"
    return plan
