"""A page of a dashboard as a PNG, drawn by the same Vega specifications as in the browser, in light colours."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Mapping

import vl_convert

from . import palette, vega, widgets
from .datasets import Dataset
from .widgets import Board

WIDTH = 1280
# The font that ships in vl-convert: the same on every machine, and a third faster than looking for another.
_THEME = {**palette.LIGHT, "font": "sans-serif"}
SCALE = 1.5
_MARGIN, _GAP, _ROW, _HEADER = 24, 12, 42, 62
_COLUMN = (WIDTH - 2 * _MARGIN - 11 * _GAP) / 12
_PAD = 14
_TABLE_ROW = 25
_SCHEMA = "https://vega.github.io/schema/vega/v6.json"
_IDS = re.compile(r'(id="|url\(#)((?:clip|gradient_)\d+)')
_MARKS = re.compile(r"^#{1,3}\s*|\*+")


def png(board: Mapping, datasets: Mapping[str, Dataset], page_name: str) -> bytes:
    """The page of this name as a PNG, 1280 points wide, under the defaults of its filters.

    Raises ValueError where the dashboard has no such page.
    """
    page = next((page for page in board.get("pages", []) if page["name"] == page_name), None)
    if page is None:
        raise ValueError(
            f"there is no page {page_name} (pages: {', '.join(p['name'] for p in board.get('pages', []))})"
        )
    whole = Board(board, datasets)
    placed = [(item["position"], widgets.describe(whole, item["widget"])) for item in page.get("layout", [])]
    everywhere = [
        widgets.describe(whole, item["widget"])
        for other in board["pages"]
        if other.get("pageType") == "PAGE_TYPE_GLOBAL_FILTERS"
        for item in other.get("layout", [])
    ]
    filters = [item for item in [*everywhere, *(item for _, item in placed)] if item.get("targets")]
    frame = _Frame(page.get("displayName") or page_name, placed)
    inside = []
    for at, (place, widget) in enumerate(placed):
        box = _box(place)
        state = _state(whole, widget, filters)
        frame.card(box, widget, state)
        if state is None and widget.get("dataset"):
            rows = _rows(datasets[widget["dataset"]], widget["dataset"], filters)
            inside += _body(widget, rows, box, at)
    drawn = vl_convert.vega_to_svg(palette.coloured(frame.spec(), _THEME))
    return vl_convert.svg_to_png(drawn.replace("</svg>", "") + "".join(inside) + "</svg>", scale=SCALE)


def _box(place: Mapping) -> tuple[float, float, float, float]:
    """Left, top, width and height of a widget's card."""
    return (
        _MARGIN + place["x"] * (_COLUMN + _GAP),
        _HEADER + place["y"] * (_ROW + _GAP),
        place["width"] * (_COLUMN + _GAP) - _GAP,
        place["height"] * (_ROW + _GAP) - _GAP,
    )


def _rows(dataset: Dataset, name: str, filters: list[dict]) -> list[dict]:
    """The dataset's rows as {c0, c1, ...}, under the defaults of the filters."""
    tests = [(column, item) for item in filters for target, column in item["targets"] if target == name]
    rows = zip(*dataset.data(), strict=True) if dataset.rows else []
    return [
        {f"c{at}": value for at, value in enumerate(row)}
        for row in rows
        if all(widgets.passes(item["default"], item["defaultRange"], row[column]) for column, item in tests)
    ]


def _state(board: Board, widget: dict, filters: list[dict]) -> str | None:
    """What is said in place of the widget's drawing, if anything."""
    if "problem" in widget:
        return widget["problem"]
    if "dataset" not in widget:
        return None
    dataset = board.datasets[widget["dataset"]]
    if dataset.error:
        return dataset.error
    return None if _rows(dataset, widget["dataset"], filters) else widget["empty"]


def _top(widget: dict) -> float:
    return 34 + (16 if widget["description"] else 0)


def _body(widget: dict, rows: list[dict], box: tuple, at: int) -> list[str]:
    left, top, width, height = box
    left, width = left + _PAD, width - 2 * _PAD
    body_top, body_height = top + _top(widget), height - _top(widget) - 10 - (16 if widget.get("note") else 0)
    if widget["type"] == "table":
        return [_placed(_table(widget, width, body_height), rows, (left, body_top, width, body_height), f"w{at}")]
    if widget["type"] != "counter":
        return [_placed(widget["chart"], rows, (left, body_top, width, body_height), f"w{at}")]
    numbers = width * (0.55 if "sparkline" in widget else 1)
    drawn = [_placed(_counter(widget, numbers, body_height), rows, (left, body_top, numbers, body_height), f"w{at}")]
    if "sparkline" in widget:
        beside = (left + numbers, body_top, width - numbers, body_height)
        drawn.append(_placed(widget["sparkline"], rows, beside, f"s{at}"))
    return drawn


def _placed(spec: dict, rows: list[dict], box: tuple, prefix: str) -> str:
    """A specification drawn over these rows, as an SVG within the page's."""
    left, top, width, height = box
    tables = {"source": rows, **vega.world_tables()}
    data = [{**item, "values": tables[item["name"]]} if item["name"] in tables else item for item in spec["data"]]
    whole = palette.coloured({**spec, "width": width, "height": height}, _THEME) | {"data": data}
    svg = vl_convert.vega_to_svg(whole)
    svg = _IDS.sub(rf"\g<1>{prefix}-\g<2>", svg)
    return svg.replace("<svg ", f'<svg x="{left:.1f}" y="{top:.1f}" ', 1)


def _text(text, x, y, size: float, colour: str, limit: float, **more) -> dict:
    """A text mark; `text`, `x` and `y` are values or Vega's {"signal": ...}."""
    given = {"text": text, "x": x, "y": y, "limit": limit, "fontSize": size, "font": vega.FONT, **more}
    encoded = {name: value if isinstance(value, dict) else {"value": value} for name, value in given.items()}
    return {"type": "text", "encode": {"enter": {**encoded, "fill": {"value": palette.token(colour)}}}}


def _counter(widget: dict, width: float, height: float) -> dict:
    one = [{"type": "window", "ops": ["row_number"], "as": ["at"]}, {"type": "filter", "expr": "datum.at === 1"}]
    middle = height / 2
    marks = [_text({"field": widget["value"]}, 0, middle + 4, 27, "ink", width, fontWeight=600)]
    if "target" in widget:
        against = f"datum.difference + '  {_quoted(widget['targetLabel'])} ' + datum.{widget['target']}"
        marks.append(_text({"signal": against}, 0, middle + 24, 11.5, "soft", width))
    return {
        "$schema": _SCHEMA,
        "data": [{"name": "source"}, {"name": "rows", "source": "source", "transform": widget["compute"] + one}],
        "marks": [{**mark, "from": {"data": "rows"}} for mark in marks],
    }


def _quoted(text: str) -> str:
    return text.replace("\\", "\\\\").replace("'", "\\'").replace("\n", " ")


def _table(widget: dict, width: float, height: float) -> dict:
    most = max(1, int(height // _TABLE_ROW) - 2)
    number = [{"type": "window", "ops": ["row_number"], "as": ["at"]}]
    data = [
        {"name": "source"},
        {"name": "rows", "source": "source", "transform": widget["compute"] + number},
        {"name": "shown", "source": "rows", "transform": [{"type": "filter", "expr": f"datum.at <= {most}"}]},
        {"name": "count", "source": "rows", "transform": [{"type": "aggregate", "ops": ["count"], "as": ["all"]}]},
    ]
    each = width / max(1, len(widget["columns"]))
    marks = []
    for at, column in enumerate(widget["columns"]):
        side = (
            {"x": (at + 1) * each - 6, "align": "right"} if column["right"] else {"x": at * each + 2, "align": "left"}
        )
        x, align = side["x"], side["align"]
        marks.append(_text(column["title"], x, 14, 11.5, "soft", each - 12, align=align, fontWeight=600))
        line = {"signal": f"14 + datum.at * {_TABLE_ROW}"}
        cell = _text({"field": column["text"]}, x, line, 12.5, "ink", each - 12, align=align)
        marks.append({**cell, "from": {"data": "shown"}})
    rule = {"x": {"value": 0}, "x2": {"value": width}, "y": {"signal": f"datum.at * {_TABLE_ROW} - 2"},
            "stroke": {"value": palette.token("line")}}  # fmt: skip
    marks.append({"type": "rule", "from": {"data": "shown"}, "encode": {"enter": rule}})
    more = f"datum.all > {most} ? 'first {most} of ' + format(datum.all, ',') + ' rows' : ''"
    rest = _text({"signal": more}, width - 6, height - 4, 11.5, "soft", width, align="right")
    return {"$schema": _SCHEMA, "data": data, "marks": [*marks, {**rest, "from": {"data": "count"}}]}


class _Frame:
    """Everything around the drawings: cards, titles, texts."""

    def __init__(self, title: str, placed: list):
        bottom = max((sum(_box(place)[1::2]) for place, _ in placed), default=_HEADER)
        self._size = (WIDTH, bottom + _MARGIN)
        self._marks = [_text(title, _MARGIN, 40, 22, "ink", WIDTH - 2 * _MARGIN, fontWeight=600)]

    def card(self, box: tuple, widget: dict, state: str | None) -> None:
        left, top, width, height = box
        if widget["type"] == "text":
            text = _MARKS.sub("", widget.get("text", state or ""))
            size = 16 if widget.get("text", "").startswith("#") else 13
            self._marks.append(
                _text(text, left, top + height - 10, size, "ink", width, fontWeight=600 if size > 13 else 400)
            )
            return
        card = {"x": left, "y": top, "width": width, "height": height, "cornerRadius": 10,
                "fill": palette.token("card"), "stroke": palette.token("line")}  # fmt: skip
        self._marks.append(
            {"type": "rect", "encode": {"enter": {name: {"value": value} for name, value in card.items()}}}
        )
        inner = width - 2 * _PAD
        self._marks.append(_text(widget["title"], left + _PAD, top + 24, 13.5, "ink", inner, fontWeight=600))
        if widget["description"]:
            self._marks.append(_text(widget["description"], left + _PAD, top + 41, 12, "soft", inner))
        if widget.get("note"):
            self._marks.append(_text(widget["note"], left + _PAD, top + height - 9, 11.5, "soft", inner))
        if widget.get("control"):
            chosen = (
                ", ".join(map(str, widget["default"])) or " to ".join(filter(None, widget["defaultRange"])) or "All"
            )
            self._marks.append(_text(chosen, left + _PAD, top + 50, 13, "soft", inner))
        if state is not None:
            colour = "soft" if state == widget.get("empty") else "alarm"
            lines = textwrap.wrap(state, max(12, int(inner / 7.5)))[: max(1, int(height / 20) - 2)]
            middle = top + height / 2 + 12 - 8 * len(lines)
            self._marks.append(_text(lines, left + width / 2, middle, 13, colour, inner, align="center"))

    def spec(self) -> dict:
        width, height = self._size
        return {"$schema": _SCHEMA, "width": width, "height": height, "padding": 0,
                "background": palette.token("ground"), "marks": self._marks}  # fmt: skip
