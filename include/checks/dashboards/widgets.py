"""Widgets: known types in their versions, encodings that name fields, fields that the dataset has, filters that act."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from . import expressions
from .board import Board, NamedQuery, Page, Spec, Widget
from .datasets import Outputs
from .reading import Path

VERSIONS = {
    "counter": 2, "table": 2, "bar": 3, "line": 3, "area": 3, "pie": 3, "scatter": 3, "pivot": 3, "histogram": 3,
    "heatmap": 3, "combo": 1, "symbol-map": 2, "choropleth-map": 1, "sankey": 1, "funnel": 1, "box": 1, "waterfall": 1,
    "forecast-line": 1, "filter-single-select": 2, "filter-multi-select": 2, "filter-date-picker": 2,
    "filter-date-range-picker": 2, "range-slider": 2,
}  # fmt: skip
"""Type and the one version that the platform draws (the owner's rules, 2026-11-23)."""
NEEDED = {
    "counter": ("value",), "table": ("columns",), "bar": ("x", "y"), "line": ("x", "y"), "area": ("x", "y"),
    "scatter": ("x", "y"), "combo": ("x", "y"), "heatmap": ("x", "y", "color"), "pie": ("angle", "color"),
    "choropleth-map": ("region", "color"),
}  # fmt: skip
_FORMATS = ("number", "number-plain", "number-currency", "number-percent")
_SCALES = {"quantitative": "number", "temporal": "time"}
MAIN = "main_query"
AllOutputs = Mapping[str, Outputs | None]
Found = Iterator[tuple[Path, str]]


def widget_findings(board: Board, outputs: AllOutputs) -> Found:
    used = set()
    for path, page, widget in board.widgets():
        used |= {query.query.dataset_name for query in widget.queries}
        for message in _widget(widget, outputs):
            yield path, message
        if widget.spec and is_filter(widget.spec):
            for message in _reach(widget, page, board, outputs):
                yield path, message
    for number, dataset in enumerate(board.datasets):
        if dataset.name not in used:
            yield ("datasets", number), "no widget uses it; remove it, or show it"


def is_filter(spec: Spec) -> bool:
    return spec.widget_type.startswith("filter-") or spec.widget_type == "range-slider"


def encoded(encodings: Any) -> Iterator[dict]:
    """The encodings that name a field, however deep they lie."""
    if isinstance(encodings, dict):
        if isinstance(encodings.get("fieldName"), str):
            yield encodings
        for value in encodings.values():
            yield from encoded(value)
    elif isinstance(encodings, list):
        for value in encodings:
            yield from encoded(value)


def _widget(widget: Widget, outputs: AllOutputs) -> Iterator[str]:
    text, spec = widget.multiline_textbox_spec, widget.spec
    if (text is None) == (spec is None):
        yield "has both a text and a spec, or neither; a widget is a text or a chart"
    elif text is not None:
        if len(text.lines) != 1 or "\n" in text.lines[0]:
            yield f"{len(text.lines)} lines are drawn as one; use a text widget for each line"
    elif spec.widget_type not in VERSIONS:
        yield f"unknown type {spec.widget_type}; use one of {', '.join(VERSIONS)}"
    else:
        if spec.version != VERSIONS[spec.widget_type]:
            right = VERSIONS[spec.widget_type]
            yield f"{spec.widget_type} has version {spec.version}; write {right}, the platform draws no other"
        for query in widget.queries:
            yield from _query(query, outputs)
        yield from _encodings(widget, spec, outputs)


def _query(named: NamedQuery, outputs: AllOutputs) -> Iterator[str]:
    query = named.query
    if query.dataset_name not in outputs:
        yield f"there is no dataset {query.dataset_name}; name one of {', '.join(outputs)}"
    columns = outputs.get(query.dataset_name)
    for name, times in Counter(field.name for field in query.fields).items():
        if times > 1:
            yield f"field {name} comes twice; keep one"
    for field in query.fields:
        try:
            tree = expressions.check(field.expression, columns)
        except expressions.BadExpression as error:
            yield f"field {field.name}: {field.expression}: {error}"
            continue
        if query.disaggregated and expressions.is_aggregate(tree):
            yield f"field {field.name} aggregates while disaggregated is true; set it to false"
        for message in expressions.wrong_sums(tree, columns or {}):
            yield f"field {field.name}: {message}"


def _encodings(widget: Widget, spec: Spec, outputs: AllOutputs) -> Iterator[str]:
    for key in NEEDED.get(spec.widget_type, ()):
        if not any(encoded(spec.encodings.get(key))):
            yield f"{spec.widget_type} has no field for {key}; add encodings.{key}"
    if spec.widget_type == "counter" and "color" in spec.encodings:
        yield "a counter takes no color; remove encodings.color"
    filtering = is_filter(spec)
    if not filtering and [query.name for query in widget.queries] != [MAIN]:
        yield f"has {len(widget.queries)} queries or another name; a chart has one query, named {MAIN}"
        return
    by_name = {query.name: query for query in widget.queries}
    asked = {(query.name, field.name) for query in widget.queries for field in query.query.fields}
    shown = set()
    for encoding in encoded(spec.encodings):
        name, query_name = encoding["fieldName"], encoding.get("queryName", MAIN) if filtering else MAIN
        if not isinstance(query_name, str) or query_name not in by_name:
            yield f"queryName {query_name} is none of its queries; name one of {', '.join(by_name)}"
        elif (query_name, name) not in asked:
            yield f"encodings name the field {name}, which is not in its query; both names must be the same"
        else:
            shown.add((query_name, name))
            yield from _drawn(encoding, by_name[query_name], spec, outputs)
    for query_name, name in sorted(asked - shown):
        yield f"field {name} of {query_name} is not drawn but splits the groups; remove it or encode it"
    if filtering:
        for query in widget.queries:
            if query.query.disaggregated:
                yield f"query {query.name} of a filter has disaggregated true; set it to false"


def _drawn(encoding: dict, named: NamedQuery, spec: Spec, outputs: AllOutputs) -> Iterator[str]:
    """Whether the type of a field fits its scale, its format and its filter."""
    columns = outputs.get(named.query.dataset_name)
    if columns is None:
        return
    name = encoding["fieldName"]
    expression = next(field.expression for field in named.query.fields if field.name == name)
    try:
        tree = expressions.check(expression, columns)
    except expressions.BadExpression:
        return
    kind = expressions.kind(tree, columns)
    scale, format_ = _type_in(encoding, "scale"), _type_in(encoding, "format")
    wanted = "time" if "date" in spec.widget_type else _SCALES.get(scale, "")
    if wanted and kind and kind != wanted:
        yield f"field {name} is a {kind}, and a {scale or spec.widget_type} needs a {wanted}; choose another field"
    if format_ and format_ not in _FORMATS:
        yield f"field {name} has the unknown format {format_}; use one of {', '.join(_FORMATS)}"
    elif format_ and kind and kind != "number":
        yield f"field {name} is a {kind} with the format {format_}; remove the format"
    elif format_ == "number-percent" and not expressions.is_share(tree, columns):
        yield f"field {name} is shown as percent but is no ratio from 0 to 1; divide, or use another format"


def _type_in(encoding: dict, key: str) -> str:
    value = encoding.get(key)
    found = value.get("type") if isinstance(value, dict) else None
    return found if isinstance(found, str) else ""


def _reach(widget: Widget, page: Page, board: Board, outputs: AllOutputs) -> Iterator[str]:
    """A filter acts on each dataset of its page (a global one: of all pages) that has its column, or figures differ."""
    bound = {query.query.dataset_name: field.name for query in widget.queries for field in query.query.fields}
    pages = [page] if page.is_canvas else board.pages
    near = {
        query.query.dataset_name
        for one in pages
        for item in one.layout
        if item.widget.spec and not is_filter(item.widget.spec)
        for query in item.widget.queries
    }
    for name in sorted(near - bound.keys()):
        columns = sorted(set(bound.values()) & (outputs.get(name) or {}).keys())
        if columns:
            yield f"does not act on dataset {name}, which has {columns[0]} too; add a query for it"
