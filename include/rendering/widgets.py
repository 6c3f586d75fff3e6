"""What a page needs to know of each widget: what it computes, how it is drawn, and what is said where it cannot be."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from . import formats, queries, vega
from .charts import CHARTS, chart, region
from .datasets import BOOLEAN, DATE, NUMBER, TEXT, TIMESTAMP, Dataset, milliseconds
from .encodings import EMPTY, NO_VALUE, Drawing, role, title
from .expressions import UnsupportedExpression

FILTERS = {
    "filter-single-select": "single",
    "filter-multi-select": "multi",
    "filter-date-range-picker": "range",
    "filter-date-picker": "date",
}
_EMPTY_MARK = " (may be empty)"
_MOST_VALUES = 200


@dataclass(frozen=True)
class Board:
    """A dashboard's content and the data of its datasets, by their names in it."""

    content: Mapping
    datasets: Mapping[str, Dataset]

    def dataset(self, name: str) -> Dataset:
        if name not in self.datasets:
            raise UnsupportedExpression(f"dataset {name} was not executed")
        return self.datasets[name]

    def calm(self, name: str) -> bool:
        """Whether nothing is a good answer of this dataset."""
        shown = {item["name"]: item.get("displayName", "") for item in self.content.get("datasets", [])}
        return shown.get(name, "").endswith(_EMPTY_MARK)


def describe(board: Board, widget: Mapping) -> dict:
    """The widget as the page's script takes it (JSON). One that cannot be drawn says why, and the page goes on."""
    spec = widget.get("spec", {})
    frame = spec.get("frame", {})
    described = {
        "name": widget.get("name", ""),
        "type": "text" if "multilineTextboxSpec" in widget else spec.get("widgetType", ""),
        "title": frame.get("title", "") if frame.get("showTitle", True) else "",
        "description": frame.get("description", "") if frame.get("showDescription") else "",
    }
    try:
        return {**described, **_body(board, widget, spec, described["type"])}
    except UnsupportedExpression as error:
        return {**described, "problem": f"This widget cannot be drawn: {error}"}
    except (KeyError, TypeError, AttributeError) as error:
        return {**described, "problem": f"This widget cannot be drawn: its definition lacks {error}"}


def _body(board: Board, widget: Mapping, spec: Mapping, kind: str) -> dict:
    if kind == "text":
        return {"text": "".join(widget["multilineTextboxSpec"].get("lines", []))}
    if kind in FILTERS:
        return _filter(board, widget, spec)
    if kind != "counter" and kind != "table" and kind not in CHARTS:
        raise UnsupportedExpression(f"its type {kind or 'is missing and'} is not one that a page can draw")
    query = widget["queries"][0]["query"]
    name = query["datasetName"]
    dataset = board.dataset(name)
    body = {
        "dataset": name,
        "empty": "none" if board.calm(name) else "no rows",
        "fields": [[item["name"], item["expression"]] for item in query.get("fields", [])],
        "where": [item["expression"] for item in query.get("filters", [])],
    }
    if dataset.error:
        return body
    if kind == "counter":
        return {**body, **_counter(query, dataset, spec)}
    drawing = drawn(query, dataset, spec)
    if kind == "table":
        return {**body, **_table(drawing)}
    body["chart"] = vega.compiled(chart(drawing))
    if kind == "choropleth-map":
        body["note"] = _not_on_the_map(dataset, region(drawing)[1])
    return body


def drawn(query: Mapping, dataset: Dataset, spec: Mapping, without: tuple[str, ...] = ()) -> Drawing:
    """The widget's query planned, with the values that its text columns have in the dataset."""
    plan = queries.plan(query, dataset.kinds, query["datasetName"], without)
    values = {}
    for at, (column, kind) in enumerate(dataset.kinds.items()):
        if kind == TEXT:
            texts = {row[at] for row in dataset.rows}
            found = sorted({NO_VALUE if text is None else text or EMPTY for text in texts})
            values[f"`{column}`"] = values[column] = found[:_MOST_VALUES]
    return Drawing(spec, plan, values)


def _counter(query: Mapping, dataset: Dataset, spec: Mapping) -> dict:
    encodings = spec["encodings"]
    period = encodings.get("period", {}).get("fieldName")
    raw = query.get("disaggregated", False)
    drawing = drawn(query, dataset, spec, (period,) if period and not raw else ())
    encoding, value = drawing.one("value")
    body = {"label": encoding.get("displayName", ""), "value": drawing.text(encoding, value)}
    if "target" in encodings:
        target_encoding, target = drawing.one("target")
        target_encoding = {"format": encoding.get("format"), **target_encoding}
        body["target"] = drawing.text(target_encoding, target)
        body["targetLabel"] = title(target_encoding)
        drawing.transforms.append({"calculate": _difference(encoding, value.value, target.value), "as": "difference"})
    body["compute"] = queries.vega(drawing.transforms)
    if period:
        body["sparkline"] = vega.compiled(sparkline(drawn(query, dataset, spec)))
    return body


def _difference(encoding: Mapping, value: str, target: str) -> str:
    """By how much the value is above the target: in points for percentages, else in percent of the target."""
    points = formats.is_percent(encoding.get("format"))
    amount = f"({value} - {target}) * 100" if points else f"({value} - {target}) / abs({target} || NaN) * 100"
    unit = " pp" if points else "%"
    sign = f"{amount} > 0 ? '▲ ' : {amount} < 0 ? '▼ ' : '='"
    shown = f"({sign}) + (({amount}) === 0 ? '' : format(abs({amount}), ',.1~f') + '{unit}')"
    return f"isValid({value}) && isValid({target}) && isValid({amount}) ? {shown} : ''"


def sparkline(drawing: Drawing) -> dict:
    """The counter's value over its periods."""
    _, value = drawing.one("value")
    _, period = drawing.one("period")
    encoding = {
        "x": {"field": period.alias, "type": "temporal", "scale": {"type": "utc"}, "axis": None},
        "y": {"field": value.alias, "type": "quantitative", "scale": {"zero": False}, "axis": None},
    } | drawing.spoken()
    line = {"type": "line", "color": "var(--c1)", "strokeWidth": 1.6, "tooltip": None}
    near = {"type": "point", "size": 200, "opacity": 0, "filled": True, "aria": False}
    return {
        "data": {"name": "source"},
        "transform": drawing.transforms,
        "encoding": encoding,
        "layer": [{"mark": line}, {"mark": near}],
    }


def table_columns(drawing: Drawing) -> list[dict]:
    """Columns of a table: title, the fields with the value (by which it sorts) and with its text, the side it is on."""
    columns = []
    for encoding in drawing.encodings["columns"]:
        source = drawing.plan.field(encoding["fieldName"])
        columns.append({
            "title": encoding.get("title") or title(encoding),
            "value": source.alias,
            "text": drawing.text(encoding, source),
            "right": source.kind == NUMBER or role(encoding, source) == "quantitative",
        })  # fmt: skip
    return columns


def _table(drawing: Drawing) -> dict:
    columns = table_columns(drawing)
    return {"columns": columns, "compute": queries.vega(drawing.transforms)}


def _not_on_the_map(dataset: Dataset, country: queries.Field) -> str:
    known = {name["name"] for name in vega.world_tables()["names"]}
    column = country.expression.strip("`")
    at = next((at for at, (name, _) in enumerate(dataset.columns) if name == column), None)
    if at is None:
        return ""
    missing = sorted({row[at] for row in dataset.rows if row[at] is not None and row[at].upper() not in known})
    return f"Not on the map, too small or not known: {', '.join(missing)[:300]}" if missing else ""


def _filter(board: Board, widget: Mapping, spec: Mapping) -> dict:
    """Which columns of which datasets the filter acts on."""
    asked = {item["name"]: item["query"] for item in widget["queries"]}
    targets, kinds = [], set()
    for encoding in spec["encodings"]["fields"]:
        if "parameterName" in encoding:
            raise UnsupportedExpression(
                f"it sets the parameter {encoding['parameterName']}, for which the query would have to run again"
            )
        query = asked[encoding["queryName"]]
        dataset = board.dataset(query["datasetName"])
        if dataset.error:
            continue
        plan = queries.plan({**query, "disaggregated": True}, dataset.kinds, query["datasetName"])
        wanted = plan.field(encoding["fieldName"]).expression.strip().strip("`").casefold()
        columns = [name.casefold() for name, _ in dataset.columns]
        if wanted not in columns:
            raise UnsupportedExpression(f"{wanted} is not a plain column of {query['datasetName']}")
        targets.append([query["datasetName"], columns.index(wanted)])
        kinds.add(dataset.kinds[dataset.columns[columns.index(wanted)][0]])
    if FILTERS[spec["widgetType"]] in ("range", "date") and not kinds <= {DATE, TIMESTAMP}:
        raise UnsupportedExpression("a date filter needs a column of dates or times")
    default = spec.get("selection", {}).get("defaultSelection", {})
    span = [default.get("range", {}).get(end, {}).get("value") for end in ("min", "max")]
    if any(end and not re.fullmatch(r"\d{4}-\d\d-\d\d", end[:10]) for end in span):
        raise UnsupportedExpression(f"its default {span[0]} to {span[1]} is relative; write dates, or no default")
    return {
        "control": FILTERS[spec["widgetType"]],
        "kind": next(iter(kinds), TEXT),
        "targets": targets,
        "default": [_default(item["value"], kinds) for item in default.get("values", {}).get("values", [])],
        "defaultRange": [end and end[:10] for end in span],
    }


def passes(chosen: list, span: list[str | None], value) -> bool:
    """Whether a filter with these defaults lets the value through, as its control in the page does."""
    if any(span):
        low, high = (end and milliseconds(end) for end in span)
        return value is not None and (not low or value >= low) and (not high or value < high + 86_400_000)
    return not chosen or value in chosen


def _default(text: str, kinds: set[str]):
    if NUMBER in kinds:
        return float(text)
    if kinds & {DATE, TIMESTAMP}:
        return milliseconds(text)
    return str(text).lower() == "true" if BOOLEAN in kinds else text
