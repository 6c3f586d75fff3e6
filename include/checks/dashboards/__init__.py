"""Dashboard files (`*.lvdash.json`): what the platform would refuse, draw blank or draw wrong, found without an engine.

`findings` looks at a folder, `file_findings` at one file, `findings_in` at a text. A finding is a line
`file:line: page p, widget w: what is wrong; what to change`.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from .known_tables import Tables, known_tables

SUFFIX = ".lvdash.json"
PROJECT = Path(__file__).resolve().parents[3]


def findings(root: Path) -> Iterator[str]:
    """What is wrong with the dashboards below `root`/dashboards, whose tables are those of `root`/sql."""
    paths = sorted((root / "dashboards").glob(f"*{SUFFIX}"))
    if paths:
        tables = known_tables(root)
        for path in paths:
            yield from file_findings(path, path.relative_to(root).as_posix(), tables)


def file_findings(path: Path, shown: str | None = None, tables: Tables | None = None) -> Iterator[str]:
    """What is wrong with one file and its name; `shown` and `tables` as for `findings_in`."""
    shown = shown or f"dashboards/{path.name}"
    if not _legal_id(path.name.removesuffix(SUFFIX)):
        yield f"{shown}:1: the file is named after the dashboard's id; use lower-case letters, digits and _ only"
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        yield f"{shown}:1: not UTF-8 at byte {error.start}; save the file as UTF-8"
        return
    yield from findings_in(text, shown, tables)


def findings_in(text: str, shown: str, tables: Tables | None = None) -> Iterator[str]:
    """What is wrong with a dashboard's text, whatever it holds: nothing raises.

    `shown` names its file in messages; `tables` are those that it may read, the project's unless given.
    """
    from .board import Board, ShapeError
    from .datasets import read_dataset
    from .layout import layout_findings
    from .reading import NotJson, parse, place
    from .widgets import widget_findings

    try:
        raw = parse(text)
    except NotJson as error:
        yield f"{shown}:{error.line}: {error}"
        return
    try:
        board = Board.read(raw)
    except ShapeError as error:
        for path, message in error.findings:
            yield f"{shown}:{place(raw, path)}{message}"
        return
    tables = known_tables(PROJECT) if tables is None else tables
    outputs, found = {}, []
    for number, dataset in enumerate(board.datasets):
        outputs[dataset.name], wrong = read_dataset(dataset, tables)
        found += [(("datasets", number), message) for message in wrong]
    found += layout_findings(board)
    found += widget_findings(board, outputs)
    for path, message in found:
        yield f"{shown}:{place(raw, path)}{message}"


def _legal_id(name: str) -> bool:
    return name.isascii() and name.replace("_", "").isalnum() and name == name.lower()
