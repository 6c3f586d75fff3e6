"""Charts as Vega-Lite, by widget type. Their data is named `source`: the dataset's rows, computed by transforms."""

from __future__ import annotations

import json
from collections.abc import Callable

from . import formats
from .datasets import NUMBER, TEXT
from .encodings import Drawing, axis, banded, legend, ramp, role, title
from .expressions import UnsupportedExpression
from .palette import token
from .queries import Field

_ONE = token("c1")
_SERIES = "series"


def chart(drawing: Drawing) -> dict:
    """The widget's chart, without data, size and configuration."""
    kind = drawing.spec["widgetType"]
    drawn = CHARTS[kind](drawing)
    return {"data": {"name": "source"}, "transform": drawing.transforms, **drawn}


def _folded(drawing: Drawing, measures: list) -> tuple[Field, list[str]]:
    """Several measures as one, with the column `series` for their names."""
    names = [title(encoding) for encoding, _ in measures]
    aliases = [source.alias for _, source in measures]
    texts = {source.alias: drawing.text(encoding, source) for encoding, source in measures}
    labels = json.dumps(dict(zip(aliases, names, strict=True)))
    picked = " : ".join(f"datum.series_key === '{alias}' ? datum.{text}" for alias, text in texts.items())
    drawing.transforms += [
        {"fold": aliases, "as": ["series_key", "series_value"]},
        {"calculate": f"{labels}[datum.series_key]", "as": _SERIES},
        {"calculate": f"{picked} : ''", "as": "series_text"},
    ]
    return Field("series_value", NUMBER, ""), names


def _plot(drawing: Drawing, mark: Callable[[dict, str], list[dict]], bars: bool = False) -> dict:
    """Bars, lines and areas: a dimension, one measure or several, and maybe a colour."""
    flat = bars and role(*drawing.one("x")) == "quantitative" and role(*drawing.one("y")) != "quantitative"
    across, along = ("y", "x") if flat else ("x", "y")
    measures = drawing.fields(drawing.encodings[along])
    dimension, source = drawing.one(across)
    encoding = {}
    if len(measures) > 1:
        if "color" in drawing.encodings:
            raise UnsupportedExpression("a chart of several measures has their names for colours; it cannot have more")
        measure, names = _folded(drawing, measures)
        encoding["color"] = drawing.colour(Field(_SERIES, TEXT, ""), {"fieldName": _SERIES}, names)
    else:
        measure = measures[0][1]
        if "color" in drawing.encodings:
            shade, coloured = drawing.one("color")
            encoding["color"] = drawing.colour(coloured, shade)
    position = axis(drawing, across, dimension, source)
    encoding[across] = banded(position, source) if bars else position
    encoding[along] = axis(drawing, along, measures[0][0], measure, shared=len(measures) > 1)
    coloured_by = encoding.get("color", {}).get("field")
    layout = drawing.spec.get("mark", {}).get("layout")
    if bars and coloured_by:
        encoding[along]["stack"] = {"stack-100": "normalize", "group": None}.get(layout, "zero")
        if layout == "group":
            encoding["xOffset" if across == "x" else "yOffset"] = {"field": coloured_by, "type": "nominal"}
        if layout == "stack-100":
            encoding[along]["axis"]["labelExpr"] = formats.text(NUMBER, {"type": "number-percent"}, "datum.value")
    layers = mark(encoding, along)
    room = {}
    if bars and drawing.encodings.get("label", {}).get("show") and not coloured_by:
        layers.append(_labels(drawing, measures[0], along))
        room = {"padding": {"left": 2, "top": 16, "right": 50 if along == "x" else 2, "bottom": 2}}
    return {"encoding": encoding, "layer": layers, **room}


def _labels(drawing: Drawing, measure: tuple, along: str) -> dict:
    """The value at the end of each bar."""
    place = {"align": "left", "dx": 4} if along == "x" else {"baseline": "bottom", "dy": -3}
    mark = {"type": "text", "color": token("soft"), "fontSize": 11, **place}
    return {"mark": mark, "encoding": {"text": {"field": drawing.text(*measure), "type": "nominal"}}}


def _bar(drawing: Drawing) -> dict:
    def marks(encoding: dict, along: str) -> list[dict]:
        plain = {} if "color" in encoding else {"color": _ONE, "cornerRadiusEnd": 2}
        return [{"mark": {"type": "bar", **plain}, "encoding": drawing.spoken()}]

    return _plot(drawing, marks, bars=True)


def _line(drawing: Drawing) -> dict:
    def marks(encoding: dict, along: str) -> list[dict]:
        encoding[along]["scale"] = {"zero": False, "nice": True}
        colour = _lone(encoding)
        return [
            {"mark": {"type": "line", "strokeWidth": 2, "point": {"size": 12, "aria": False}, "aria": False, **colour}},
            _points(drawing, colour),
        ]

    return _plot(drawing, marks)


def _area(drawing: Drawing) -> dict:
    def marks(encoding: dict, along: str) -> list[dict]:
        encoding[along]["stack"] = "zero"
        colour = _lone(encoding)
        return [
            {"mark": {"type": "area", "fillOpacity": 0.35, "aria": False, **colour}},
            {"mark": {"type": "line", "strokeWidth": 1.8, "aria": False, **colour}},
            _points(drawing, colour),
        ]

    return _plot(drawing, marks)


def _lone(encoding: dict) -> dict:
    return {} if "color" in encoding else {"color": _ONE}


def _points(drawing: Drawing, colour: dict) -> dict:
    """The points of a line, wide and not seen: where the pointer need only come near for the tooltip."""
    mark = {"type": "point", "size": 260, "opacity": 0, "filled": True, **colour}
    # Vega-Lite takes a description for one more thing to stack by, so that the stacked marks must not have one.
    return {"mark": mark, "encoding": drawing.spoken()}


def _pie(drawing: Drawing) -> dict:
    angle, measure = drawing.one("angle")
    shade, category = drawing.one("color")
    drawing.transforms += [
        {"joinaggregate": [{"op": "sum", "field": measure.alias, "as": "whole"}]},
        {"calculate": f"datum.whole ? format({measure.value} / datum.whole, '.1~%') : ''", "as": "share"},
        {"calculate": f"datum.whole && {measure.value} / datum.whole >= 0.04 ? datum.share : ''", "as": "share_shown"},
    ]
    encoding = {
        "theta": {"field": measure.alias, "type": "quantitative", "stack": True},
        "order": {"field": measure.alias, "type": "quantitative", "sort": "descending"},
        "color": drawing.colour(category, {**shade, "scale": {**shade.get("scale", {}), "type": "categorical"}}),
    } | drawing.spoken()
    encoding["tooltip"] = [*encoding["tooltip"], {"field": "share", "type": "nominal", "title": "Share"}]
    outer = {"expr": "min(width, height) / 2 - 22"}
    ring = {"type": "arc", "innerRadius": {"expr": "min(width, height) / 3.4 - 14"}, "outerRadius": outer,
            "stroke": token("card"), "strokeWidth": 1.5}  # fmt: skip
    layers = [{"mark": ring}]
    if drawing.encodings.get("label", {}).get("show", True):
        text = {"type": "text", "radius": {"expr": "min(width, height) / 2 - 8"}, "fontSize": 11, "aria": False}
        shown = {"text": {"field": "share_shown", "type": "nominal"}, "color": {"value": token("soft")}}
        layers.append({"mark": text, "encoding": shown})
    encoding["color"]["legend"] = {"orient": "right", "labelExpr": formats.SHORT_LABEL}
    return {"encoding": encoding, "layer": layers}


def _scatter(drawing: Drawing) -> dict:
    encoding = drawing.spoken()
    for name in ("x", "y"):
        encoding[name] = axis(drawing, name, *drawing.one(name))
        if encoding[name]["type"] == "quantitative":
            encoding[name]["scale"] = {"zero": False, "nice": True, "padding": 10}
    colour = {"color": _ONE}
    if "color" in drawing.encodings:
        shade, source = drawing.one("color")
        encoding["color"], colour = drawing.colour(source, shade), {}
    if "size" in drawing.encodings:
        encoding["size"] = {
            "field": drawing.one("size")[1].alias, "type": "quantitative", "legend": None,
            "scale": {"range": [30, 700]},
        }  # fmt: skip
    mark = {"type": "point", "filled": True, "opacity": 0.75, **colour}
    return {"encoding": encoding, "mark": mark if "size" in encoding else {**mark, "size": 70}}


def _heatmap(drawing: Drawing) -> dict:
    encoding = {name: axis(drawing, name, *drawing.one(name)) for name in ("x", "y")}
    for name in ("x", "y"):
        if encoding[name]["type"] != "nominal":
            encoding[name] = {
                **encoding[name],
                "type": "ordinal",
                "field": drawing.text(*drawing.one(name)),
                "scale": {},
            }
            encoding[name]["axis"] = {}
    shade, source = drawing.one("color")
    encoding["color"] = ramp(shade, source)
    encoding |= drawing.spoken()
    return {"encoding": encoding, "mark": {"type": "rect", "stroke": token("card"), "strokeWidth": 2}}


def _histogram(drawing: Drawing) -> dict:
    across, source = drawing.one("x")
    along, measure = drawing.one("y")
    if source.width is None:
        raise UnsupportedExpression("a histogram needs BIN_FLOOR(`column`, width) for x")
    drawing.transforms.append({"calculate": f"{source.value} + {source.width!r}", "as": "bin_end"})
    encoding = {
        "x": {**axis(drawing, "x", across, source), "bin": {"binned": True, "step": source.width}},
        "x2": {"field": "bin_end"},
        "y": axis(drawing, "y", along, measure),
    } | drawing.spoken()
    return {"encoding": encoding, "mark": {"type": "bar", "color": _ONE, "binSpacing": 1}}


def _combo(drawing: Drawing) -> dict:
    parts = drawing.encodings["y"]
    shared = {name: value for name, value in parts.items() if name not in ("primary", "secondary")}
    columns = drawing.fields({**shared, **parts["primary"]})
    lines = drawing.fields({**shared, **parts["secondary"]})
    across, source = drawing.one("x")
    names = [title(encoding) for encoding, _ in [*columns, *lines]]
    x = banded(axis(drawing, "x", across, source), source)
    spoken = drawing.spoken()
    layers = []
    for at, (encoding, measure) in enumerate([*columns, *lines]):
        bar = at < len(columns)
        y = axis(drawing, "y", encoding, measure)
        y["axis"] |= {"orient": "left" if bar else "right", "grid": bar, "titleColor": token(f"c{at % 8 + 1}")}
        if not bar:
            y["scale"] = {"zero": False, "nice": True}
        if at not in (0, len(columns)):
            y["axis"] = None
        shade = {"datum": title(encoding), "type": "nominal", "legend": legend(names),
                 "scale": {"domain": names, "range": [token(f"c{i % 8 + 1}") for i in range(len(names))]}}  # fmt: skip
        mark = {"type": "bar", "opacity": 0.8} if bar else {"type": "line", "strokeWidth": 2.2, "point": {"size": 20}}
        layers.append({"mark": mark, "encoding": {"x": x, "y": y, "color": shade, **spoken}})
    bars = {"layer": layers[: len(columns)]}
    return {"layer": [bars, {"layer": layers[len(columns) :]}], "resolve": {"scale": {"y": "independent"}}}


def _map(drawing: Drawing) -> dict:
    """The world, with a shade for each country that the data names by ISO code or English name."""
    _, country = region(drawing)
    shade, source = drawing.one("color")
    drawing.transforms += [
        {"calculate": f"upper('' + {country.value})", "as": "region"},
        {"lookup": "region", "from": {"data": {"name": "names"}, "key": "name", "fields": ["id"]}},
        {"filter": "isValid(datum.id)"},
        {"lookup": "id", "from": {"data": {"name": "shapes"}, "key": "id", "fields": ["geo"]}},
    ]
    spoken = drawing.spoken()
    shape = {"shape": {"field": "geo", "type": "geojson"}}
    coloured = drawing.colour(source, shade)
    outline = {"stroke": token("card"), "strokeWidth": 0.5}
    land = {
        "data": {"name": "shapes"},
        "mark": {"type": "geoshape", "fill": token("land"), **outline, "tooltip": None, "aria": False},
        "encoding": shape,
    }
    countries = {
        "data": {"name": "source"},
        "transform": list(drawing.transforms),
        "mark": {"type": "geoshape", **outline},
        "encoding": {**shape, "color": coloured, **spoken},
    }
    drawing.transforms.clear()
    return {"layer": [land, countries], "projection": {"type": "equalEarth"}}


def region(drawing: Drawing) -> tuple[dict, Field]:
    """The country's field of a map."""
    place = drawing.encodings.get("region", {})
    if place.get("admin1") or place.get("admin2"):
        raise UnsupportedExpression("a map shows countries (admin0), not states or districts")
    encoding = place.get("admin0", place)
    if "fieldName" not in encoding:
        raise UnsupportedExpression("a map needs the field of its countries as region.admin0")
    return encoding, drawing.plan.field(encoding["fieldName"])


CHARTS: dict[str, Callable[[Drawing], dict]] = {
    "bar": _bar,
    "line": _line,
    "area": _area,
    "pie": _pie,
    "scatter": _scatter,
    "heatmap": _heatmap,
    "histogram": _histogram,
    "combo": _combo,
    "choropleth-map": _map,
}
