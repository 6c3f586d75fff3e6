"""Lakebase: the tables that the project made, their schema, and the project if we made it and nobody else uses it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from include.databricks_tasks.lakebase import API, connect, find_endpoint
from include.databricks_tasks.teardown.part import LACKS_TAG, LAKEBASE_PROJECT, LAKEBASE_SCHEMA, LAKEBASE_TABLES, Part
from include.payments import lakebase_removal
from include.settings import CREATED_BY

if TYPE_CHECKING:
    from databricks.sdk import WorkspaceClient

    from include.payments.lakebase_removal import Found
    from include.settings import Settings


def find(workspace: WorkspaceClient, settings: Settings) -> Part:
    from databricks.sdk.errors import NotFound

    project = f"projects/{settings.lakebase_project_id}"
    try:
        described = workspace.api_client.do("GET", f"{API}/{project}")
    except NotFound:
        return Part()
    endpoint = find_endpoint(workspace, settings.lakebase_branch, settings.lakebase_endpoint_id)
    if endpoint is None:
        return Part(stays={project: f"{settings.lakebase_branch} has no endpoint to look through"})
    with connect(endpoint) as connection:
        found = lakebase_removal.find(connection, settings.lakebase_schema)
    part, schema = Part(), settings.lakebase_schema
    if found.serves not in (None, f"{settings.catalog}.{settings.schema}"):
        part.stays[f"{project}, schema {schema}"] = f"it works for {found.serves}"
        return part
    part.removes[LAKEBASE_TABLES] += [f"{schema}.{table}" for table in found.ours]
    if found.ours and not found.shared(schema):
        part.removes[LAKEBASE_SCHEMA].append(schema)
    part.stays.update({f"Lakebase: {name}": "the project did not make it" for name in found.others})
    reason = _why_the_project_stays(workspace, settings, described, found)
    if reason:
        part.stays[project] = reason
    else:
        part.removes[LAKEBASE_PROJECT].append(project)
    return part


def remove(workspace: WorkspaceClient, settings: Settings, removes: Mapping[str, list[str]]) -> None:
    """Drops the tables that `find` found, and their schema once it is empty."""
    tables = [name.partition(".")[2] for name in removes.get(LAKEBASE_TABLES, [])]
    endpoint = find_endpoint(workspace, settings.lakebase_branch, settings.lakebase_endpoint_id) if tables else None
    if endpoint:
        with connect(endpoint) as connection:
            lakebase_removal.drop(connection, settings.lakebase_schema, tables)


def _why_the_project_stays(workspace: WorkspaceClient, settings: Settings, described: dict, found: Found) -> str | None:
    """Deleting a project takes its branches and databases along, so only one that we made and that holds nothing else
    goes."""
    if CREATED_BY not in (described["status"].get("custom_tags") or []):
        return f"this Lakebase project {LACKS_TAG}"
    branch = settings.lakebase_branch
    branches = _names(workspace, f"projects/{settings.lakebase_project_id}", "branches")
    if branches != [branch]:
        return f"this Lakebase project has other branches: {_listed(branches, branch)}"
    databases = _names(workspace, branch, "databases")
    if len(databases) > 1:
        return f"this Lakebase project has {len(databases)} databases"
    return "this Lakebase project holds what others made" if found.others else None


def _names(workspace: WorkspaceClient, parent: str, kind: str) -> list[str]:
    answer: dict[str, Any] = workspace.api_client.do("GET", f"{API}/{parent}/{kind}")
    return [item["name"] for item in answer.get(kind, [])]


def _listed(branches: Iterable[str], without: str) -> str:
    return ", ".join(name.rpartition("/")[2] for name in branches if name != without)
