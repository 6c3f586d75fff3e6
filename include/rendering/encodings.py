"""What the encodings of a widget say about a chart: channels, axes, legends, texts of values."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from . import formats
from .datasets import DATE, NUMBER, TIMESTAMP
from .palette import SERIES_TOKENS
from .queries import Field, Plan

_TIME_UNITS = {"MINUTE": "utcyearmonthdatehoursminutes", "HOUR": "utcyearmonthdatehours", "MONTH": "utcyearmonth",
               "QUARTER": "utcyearquarter", "YEAR": "utcyear", "DAY": "utcyearmonthdate"}  # fmt: skip
MOST_LABELS = 40
ALL_LABELS = 12
"""Categories beside a chart up to which each is named, even if Vega thinks that their names touch."""
NO_VALUE, EMPTY = "(no value)", "(empty)"


@dataclass
class Drawing:
    """One widget being turned into a chart.

    `values` are the distinct values of each plain column field in the whole dataset, so that colours stay the same
    under filters; `transforms` grow by the texts that charts show.
    """

    spec: Mapping
    plan: Plan
    values: Mapping[str, list]
    transforms: list[dict] = field(default_factory=list)

    def __post_init__(self):
        self.transforms = list(self.plan.transforms)

    @property
    def encodings(self) -> Mapping:
        return self.spec.get("encodings", {})

    def fields(self, encoding: Mapping) -> list[tuple[Mapping, Field]]:
        """The encoding's fields, one or several, each with what says how to show it."""
        items = encoding.get("fields") or [encoding]
        shared = {name: value for name, value in encoding.items() if name not in ("fields", "displayName")}
        return [({**shared, **item}, self.plan.field(item["fieldName"])) for item in items]

    def one(self, name: str) -> tuple[Mapping, Field]:
        return self.fields(self.encodings[name])[0]

    def text(self, encoding: Mapping, source: Field) -> str:
        """The name of the datum's field that holds the value as text."""
        alias = f"{source.alias}t"
        shown = formats.text(source.kind, encoding.get("format"), source.value, encoding.get("formatTemplate", ""))
        step = {"calculate": shown, "as": alias}
        if step not in self.transforms:
            self.transforms.append(step)
        return alias

    def category(self, encoding: Mapping, source: Field) -> str:
        """The name of the datum's field that holds the value as one of several categories.

        To Vega's scales NULL and the text null are the same, and an empty text has no label.
        """
        if source.kind in (DATE, TIMESTAMP):
            return self.text(encoding, source)
        alias = f"{source.alias}c"
        known = f"({source.value} === '' ? '{EMPTY}' : {source.value})"
        step = {"calculate": f"isValid({source.value}) ? {known} : '{NO_VALUE}'", "as": alias}
        if step not in self.transforms:
            self.transforms.append(step)
        return alias

    def spoken(self) -> dict:
        """The channels that tell of a mark: every field of the query as tooltip, and for screen readers."""
        lines = self.tooltip()
        parts = [f"{json.dumps(line['title'] + ': ')} + datum.{line['field']}" for line in lines]
        step = {"calculate": " + '; ' + ".join(parts), "as": "spoken"}
        if step not in self.transforms:
            self.transforms.append(step)
        return {"tooltip": lines, "description": {"field": "spoken", "type": "nominal"}}

    def tooltip(self) -> list[dict]:
        """Every field of the query, as the encodings show it."""
        lines = []
        shown = dict(_named(self.encodings))
        for name, source in self.plan.fields.items():
            encoding = shown.get(name, {"fieldName": name})
            lines.append({"field": self.text(encoding, source), "type": "nominal", "title": title(encoding)})
        return lines

    def colour(self, source: Field, encoding: Mapping, order: list[str] | None = None) -> dict:
        """A channel that gives each category a colour, or a number a shade."""
        if role(encoding, source) == "quantitative":
            return ramp(encoding, source)
        scale = encoding.get("scale", {})
        domain = order or self.values.get(source.expression) or []
        channel = {"field": self.category(encoding, source), "type": "nominal", "legend": legend(domain)}
        mapped = {item["value"]: item["color"] for item in scale.get("mappings", [])}
        if domain and len(domain) <= MOST_LABELS:
            colours = [SERIES_TOKENS[at % len(SERIES_TOKENS)] for at in range(len(domain))]
            pinned = [mapped.get(value, colour) for value, colour in zip(domain, colours, strict=True)]
            channel["scale"] = {"domain": domain, "range": pinned}
        return channel


def _named(part) -> list[tuple[str, Mapping]]:
    """(field name, encoding) of every field within the encodings."""
    if isinstance(part, list):
        return [pair for item in part for pair in _named(item)]
    if not isinstance(part, Mapping):
        return []
    own = [(part["fieldName"], part)] if "fieldName" in part else []
    return own + [pair for value in part.values() for pair in _named(value)]


def title(encoding: Mapping) -> str:
    return encoding.get("displayName") or encoding.get("fieldName", "")


def role(encoding: Mapping, source: Field) -> str:
    """quantitative, temporal or nominal: what the scale says, else what the values are."""
    asked = encoding.get("scale", {}).get("type")
    by_kind = {NUMBER: "quantitative", DATE: "temporal", TIMESTAMP: "temporal"}.get(source.kind, "nominal")
    return {"quantitative": "quantitative", "temporal": "temporal", "categorical": "nominal"}.get(asked, by_kind)


def ramp(encoding: Mapping, source: Field) -> dict:
    """A channel of shades from low to high."""
    labels = formats.text(NUMBER, formats.short(encoding.get("format")), "datum.value")
    return {
        "field": source.alias,
        "type": "quantitative",
        "scale": {"range": ["var(--ramp-low)", "var(--ramp-high)"], "interpolate": "lab", "zero": False},
        "legend": {
            "title": title(encoding), "orient": "bottom", "direction": "horizontal", "labelExpr": labels,
            "gradientThickness": 8, "titleFontWeight": "normal", "titleColor": "var(--soft)", "titleFontSize": 11,
            "titleLimit": 260,
        },
    }  # fmt: skip


def legend(domain: list) -> dict | None:
    """Above the chart, in as many columns as there is room for."""
    longest = min(max((len(str(value)) for value in domain), default=12), 20)
    return {
        "orient": "top",
        "labelExpr": formats.SHORT_LABEL,
        "columns": {"expr": f"max(1, floor(width / {longest * 7 + 34}))"},
    }


def axis(drawing: Drawing, name: str, encoding: Mapping, source: Field, shared: bool = False) -> dict:
    """A position channel. `shared` is for an axis of several fields, whose names stand in the legend."""
    kind = role(encoding, source)
    own = encoding.get("axis", {})
    label = own.get("title") or (None if shared else title(encoding))
    channel = {"field": source.alias, "type": kind, "title": None if own.get("hideTitle") else label, "axis": {}}
    if kind == "quantitative":
        labels = formats.text(NUMBER, formats.short(encoding.get("format")), "datum.value")
        channel["axis"] = {"labelExpr": labels, "tickCount": 5}
        if name == "x":
            channel["axis"] |= {"grid": True, "tickCount": {"expr": "max(2, ceil(width / 90))"}}
    elif kind == "temporal":
        channel["scale"] = {"type": "utc"}
        channel["title"] = own.get("title")
        channel["axis"] = {"tickCount": {"expr": "max(2, ceil(width / 90))"}, "labelAngle": 0}
    else:
        channel["sort"] = _sort(encoding, name)
        channel["axis"] = {"labelLimit": 150 if name == "y" else 110, "labelExpr": formats.SHORT_LABEL}
        labels = drawing.values.get(source.expression, [])
        if name == "x":
            channel["axis"] |= _slant(labels)
        elif 0 < len(labels) <= ALL_LABELS:
            channel["axis"]["labelOverlap"] = False
        channel["field"] = drawing.category(encoding, source)
    return channel


def banded(channel: dict, source: Field) -> dict:
    """A position channel for bars: one over time is as wide as its unit."""
    if channel["type"] != "temporal":
        return channel
    unit = _TIME_UNITS.get(source.unit) or _TIME_UNITS["DAY" if source.kind == DATE else "HOUR"]
    return {**channel, "timeUnit": unit, "scale": {"type": "utc"}}


def _slant(labels: list) -> dict:
    """Labels lie flat where they are few and short."""
    width = sum(min(len(str(label)), 16) * 7 + 12 for label in labels)
    return {"labelAngle": 0} if labels and width < 340 else {"labelAngle": -40, "labelAlign": "right"}


def _sort(encoding: Mapping, name: str):
    """A category's order: by its name unless the scale says otherwise."""
    sort = encoding.get("scale", {}).get("sort", {})
    by = sort.get("by", "")
    if by == "custom-order":
        return sort.get("orderedValues", [])
    if by in ("natural-order", "alphabetical", name):
        return "ascending"
    if by in (f"{name}-reversed", "natural-order-reversed"):
        return "descending"
    measure = "x" if name == "y" else "y"
    if by == measure:
        return measure
    # As on Databricks, `value` puts the largest first.
    return f"-{measure}" if by in (f"{measure}-reversed", "value", "value-reversed") else "ascending"
