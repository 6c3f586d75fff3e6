"""The schema: tables, views and volumes that the project defines, and the schema itself once it is empty.

`object_log` is the mark of an installation: it is made before any other table and removed after all of them, so where
it is missing a table of one of our names is somebody else's.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import TYPE_CHECKING

from include.databricks_tasks.teardown.part import PIPELINE_TABLES, SCHEMA, TABLES, VIEWS, VOLUMES, Part
from include.payments import names

if TYPE_CHECKING:
    from databricks.sdk import WorkspaceClient

    from include.settings import Settings

_KEPT_WITH_LANDING_FILES = (names.RAW_DATA, names.SIMULATOR_TRUTH)
_AT_A_TIME = 4
_SHOWN = 3


def find(workspace: WorkspaceClient, settings: Settings, pipelines: set[str], keep_landing_files: bool) -> Part:
    """What is in the schema. `pipelines` are the ids of those that go, with their tables."""
    from databricks.sdk.errors import NotFound

    name = f"{settings.catalog}.{settings.schema}"
    try:
        comment = workspace.schemas.get(name).comment
    except NotFound:
        return Part()
    part = _tables(workspace, settings, pipelines)
    part.add(_volumes(workspace, settings, keep_landing_files))
    part.add(_other_kinds(workspace, settings))
    if part.stays:
        part.stays[name] = "the schema is not empty then"
    elif comment != names.SCHEMA_COMMENT:
        part.stays[name] = "the schema lacks the comment that the project gives to those that it makes"
    else:
        part.removes[SCHEMA].append(name)
    return part


def remove(workspace: WorkspaceClient, removes: Mapping[str, list[str]]) -> None:
    """Removes what `find` found, as far as it is still there. Never more: a schema that is not empty is refused."""
    from include.payments.sql_objects import OBJECT_LOG

    tables = removes.get(TABLES, [])
    log = [name for name in tables if name.endswith(f".{OBJECT_LOG}")]
    _each(workspace.tables.delete, removes.get(VIEWS, []))
    _each(workspace.tables.delete, [name for name in tables if name not in log])
    _each(workspace.volumes.delete, removes.get(VOLUMES, []))
    _each(workspace.tables.delete, log)
    _each(workspace.schemas.delete, removes.get(SCHEMA, []))


def _each(delete: Callable[[str], None], full_names: list[str]) -> None:
    from databricks.sdk.errors import NotFound

    def one(full_name: str) -> None:
        with suppress(NotFound):
            delete(full_name)

    with ThreadPoolExecutor(_AT_A_TIME) as pool:
        list(pool.map(one, full_names))


def _tables(workspace: WorkspaceClient, settings: Settings, pipelines: set[str]) -> Part:
    from include.payments import ownership
    from include.payments.sql_objects import OBJECT_LOG

    there = list(workspace.tables.list(settings.catalog, settings.schema, omit_columns=True, omit_properties=True))
    installed = OBJECT_LOG in {table.name for table in there}
    ours = {VIEWS: ownership.views(), TABLES: ownership.tables()}
    part = Part()
    for table in there:
        is_view = bool(table.table_type) and table.table_type.value in ("VIEW", "METRIC_VIEW")
        kind = VIEWS if is_view else TABLES
        if table.pipeline_id in pipelines:
            part.removes[PIPELINE_TABLES].append(table.full_name)
        elif table.pipeline_id:
            part.stays[table.full_name] = f"it belongs to the pipeline {table.pipeline_id}"
        elif table.name not in ours[kind]:
            part.stays[table.full_name] = "nothing of the project makes it"
        elif not installed:
            part.stays[table.full_name] = f"without {OBJECT_LOG} beside it, the project did not make it"
        else:
            part.removes[kind].append(table.full_name)
    return part


def _volumes(workspace: WorkspaceClient, settings: Settings, keep_landing_files: bool) -> Part:
    part = Part()
    for volume in workspace.volumes.list(settings.catalog, settings.schema):
        if volume.name not in names.VOLUMES:
            part.stays[volume.full_name] = "this volume is not the project's"
        elif keep_landing_files and volume.name in _KEPT_WITH_LANDING_FILES:
            part.stays[volume.full_name] = "kept with the landed files; keep_landing_files=false removes it"
        elif others := _files_of_others(workspace, settings, volume.name):
            shown = ", ".join(others[:_SHOWN]) + (", ..." if len(others) > _SHOWN else "")
            part.stays[volume.full_name] = f"files that the project did not write ({len(others)}): {shown}"
        else:
            part.removes[VOLUMES].append(volume.full_name)
    return part


def _files_of_others(workspace: WorkspaceClient, settings: Settings, volume: str) -> list[str]:
    """Paths below the volume, sorted. A folder counts for nothing."""
    from include.payments.ownership import is_landed_by_us

    root = settings.volume(volume)
    found, folders = [], [root]
    with ThreadPoolExecutor(_AT_A_TIME) as pool:
        while folders:
            entries = [
                entry
                for listed in pool.map(lambda folder: list(workspace.files.list_directory_contents(folder)), folders)
                for entry in listed
            ]
            folders = [entry.path for entry in entries if entry.is_directory]
            found += [entry.path.removeprefix(f"{root}/") for entry in entries if not entry.is_directory]
    return sorted(path for path in found if not is_landed_by_us(volume, path))


def _other_kinds(workspace: WorkspaceClient, settings: Settings) -> Part:
    """Functions and models: the project makes none."""
    from databricks.sdk.errors import NotImplemented as NotServed

    part, place = Part(), (settings.catalog, settings.schema)
    for function in workspace.functions.list(*place):
        part.stays[function.full_name] = "the project makes no functions"
    with suppress(NotServed):  # the local workspace
        for model in workspace.registered_models.list(catalog_name=place[0], schema_name=place[1]):
            part.stays[model.full_name] = "the project makes no models"
    return part
