"""Pages: names that are unique, one title each, and widgets that tile twelve columns."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from .board import Board, Page
from .reading import Path

COLUMNS = 12
Found = Iterator[tuple[Path, str]]


def layout_findings(board: Board) -> Found:
    yield from _twice("dataset", "datasets", (dataset.name for dataset in board.datasets))
    yield from _twice("page", "pages", (page.name for page in board.pages))
    widgets = Counter()
    for path, _, widget in board.widgets():
        widgets[widget.name] += 1
        if widgets[widget.name] == 2:
            yield path, f"the name {widget.name} is taken by another widget; names are unique in a dashboard"
    for number, page in enumerate(board.pages):
        yield from _titles(page, ("pages", number))
        yield from _tiles(page, ("pages", number))


def _twice(kind: str, key: str, names: Iterable[str]) -> Found:
    seen = Counter()
    for number, name in enumerate(names):
        seen[name] += 1
        if seen[name] == 2:
            yield (key, number), f"the name {name} is taken by another {kind}; names are unique in a dashboard"


def _titles(page: Page, path: Path) -> Found:
    if not page.is_canvas:
        return
    texts = [item.widget.multiline_textbox_spec for item in page.layout]
    titles = sum(bool(text and text.lines and text.lines[0].startswith("# ")) for text in texts)
    if titles != 1:
        yield path, f"{titles} titles; write one text widget whose line begins with '# '"


def _tiles(page: Page, path: Path) -> Found:
    """Overlaps anywhere, and gaps on a canvas: the platform closes a gap by moving what is below."""
    taken: dict[tuple[int, int], str] = {}
    for number, item in enumerate(page.layout):
        at, where = item.position, (*path, "layout", number, "widget")
        if at.x + at.width > COLUMNS:
            yield where, f"columns {at.x} to {at.x + at.width} of {COLUMNS}; make it narrower or move it left"
            continue
        cells = [(y, x) for y in range(at.y, at.y + at.height) for x in range(at.x, at.x + at.width)]
        others = sorted({taken[cell] for cell in cells if cell in taken})
        if others:
            yield where, f"lies over {', '.join(others)}; move one of them"
        taken.update(dict.fromkeys(cells, item.widget.name))
    if page.is_canvas and taken:
        bottom = max(y for y, _ in taken) + 1
        short = [y for y in range(bottom) if any((y, x) not in taken for x in range(COLUMNS))]
        if short:
            yield path, f"row {short[0]} has a gap; widgets of a row fill {COLUMNS} columns"
