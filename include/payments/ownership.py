"""What is this project's in its schema: the objects that its files define, and the files that it writes."""

from __future__ import annotations

import re
from functools import cache

from . import bootstrap, gold, names
from .sql_files import SqlFile, read_folder

_DATE = r"\d{4}-\d\d-\d\d"
_WRITTEN = {
    names.RAW_DATA: re.compile(
        rf"{names.DAILY}/{_DATE}/(events-[0-9a-f]{{12}}\.parquet|malformed-[0-9a-f]{{12}}\.jsonl)"
        rf"|{names.MERCHANTS}/merchants-[0-9a-f]{{12}}\.parquet"
        rf"|{names.STREAM}/events-\d+\.parquet"
        rf"|{names.MANIFESTS}/{_DATE}\.json"
        rf"|{names.DIMENSIONS}/(issuers|cards|routes)-v\d+\.parquet"
    ),
    names.SIMULATOR_TRUTH: re.compile(rf"{names.TRUTH_EVENTS}/{_DATE}\.parquet|{names.TRUTH_CALENDAR}/{_DATE}\.json"),
    names.CHECKPOINTS: re.compile(rf"{names.STREAM_CHECKPOINT}/.+"),
    names.REPORTS: re.compile(rf"{_DATE}/\w+\.html"),
}
"""By volume, the files that we write. Whoever lets a step write more files adds them here: a file that nothing here
matches is taken for somebody else's."""
_TEMPORARY = re.compile(r"^(.*/)?\.([^/]+)\.[0-9a-f]{32}\.tmp$")
"""What `files.write` leaves when its process is killed."""


def tables() -> frozenset[str]:
    """Names of the tables that SQL files and notebooks make; those of the pipelines are known by their pipeline."""
    return frozenset(file.name for file in _files() if not file.is_view) | {names.RUNNING_TABLE}


def views() -> frozenset[str]:
    return frozenset(file.name for file in _files() if file.is_view) | {names.RUNNING_VIEW}


def is_landed_by_us(volume: str, path: str) -> bool:
    """Whether a file, by its path below the volume, is one that the project writes."""
    pattern = _WRITTEN.get(volume)
    return bool(pattern and pattern.fullmatch(_TEMPORARY.sub(r"\1\2", path)))


@cache
def _files() -> tuple[SqlFile, ...]:
    folders = (bootstrap.FOLDER, gold.TABLES, gold.VIEWS)
    return tuple(file for folder in folders for file in read_folder(folder))
