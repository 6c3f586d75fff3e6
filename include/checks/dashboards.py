"""Dashboard files (`*.lvdash.json`): they parse, their queries parse, and their widgets use datasets that exist."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import sqlglot
from sqlglot.errors import SqlglotError


def findings(root: Path) -> Iterator[str]:
    """What is wrong with the dashboards below `root`/dashboards."""
    for path in sorted((root / "dashboards").glob("*.lvdash.json")):
        shown = path.relative_to(root).as_posix()
        try:
            board = json.loads(path.read_text(encoding="utf-8"))
        except ValueError as error:
            yield f"{shown}:{getattr(error, 'lineno', 1)}: not JSON: {error}"
            continue
        yield from _dashboard(board, shown)


def _dashboard(board: dict, shown: str) -> Iterator[str]:
    datasets = {item.get("name"): item for item in board.get("datasets", [])}
    if not datasets or not board.get("pages"):
        yield f"{shown}:1: a dashboard needs datasets and pages"
    for name, dataset in datasets.items():
        query = "".join(dataset.get("queryLines", [])) or dataset.get("query", "")
        try:
            sqlglot.parse_one(query, dialect="databricks")
        except SqlglotError as error:
            yield f"{shown}:1: dataset {name}: {str(error).splitlines()[0]}"
    used = set()
    for page in board.get("pages", []):
        for place in page.get("layout", []):
            widget = place.get("widget", {})
            for query in widget.get("queries", []):
                named = query.get("query", {}).get("datasetName")
                used.add(named)
                if named not in datasets:
                    where = f"page {page.get('name')}, widget {widget.get('name')}"
                    yield f"{shown}:1: {where}: there is no dataset {named}"
    for name in sorted(set(datasets) - used - {None}):
        yield f"{shown}:1: dataset {name} is used by no widget"
