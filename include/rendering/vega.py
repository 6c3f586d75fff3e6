"""Vega as it ships in vl-convert: compiles charts, draws them, and is the JavaScript of every page."""

from __future__ import annotations

import functools
import json
from pathlib import Path

import vl_convert

from .palette import token

ASSETS = Path(__file__).parent / "assets"
FONT = token("font")
_INK, _SOFT, _LINE = token("ink"), token("soft"), token("line")
_CONFIG = {
    "background": None,
    "font": FONT,
    "view": {"stroke": None},
    "axis": {
        "labelColor": _SOFT, "labelFontSize": 11, "labelLimit": 150, "labelPadding": 6, "labelOverlap": "greedy",
        "titleColor": _SOFT, "titleFontSize": 11, "titleFontWeight": "normal", "titlePadding": 8,
        "gridColor": _LINE, "domain": False, "ticks": False,
    },
    "axisX": {"grid": False},
    "legend": {
        "labelColor": _INK, "labelFontSize": 11, "labelLimit": 130, "title": None, "symbolType": "circle",
        "symbolSize": 70, "rowPadding": 3, "offset": 6,
    },
    "range": {"category": [token(f"c{at}") for at in range(1, 9)]},
}  # fmt: skip


def compiled(chart: dict) -> dict:
    """A Vega-Lite chart as the Vega specification that is drawn, sized by the signals `width` and `height`."""
    # "fit" lets axes and legends take their room from the size that is set.
    whole = {
        **chart,
        "config": _CONFIG,
        "autosize": {"type": "fit", "contains": "padding"},
        "width": 400,
        "height": 240,
    }
    return _compiled(json.dumps(whole))


@functools.lru_cache(maxsize=256)
def _compiled(chart: str) -> dict:
    return vl_convert.vegalite_to_vega(chart)


@functools.cache
def script() -> str:
    """Vega and Vega-Embed as one script without modules, which puts `vega` and `vegaEmbed` on the window."""
    return vl_convert.javascript_bundle("window.vega = vega; window.vegaEmbed = vegaEmbed;")


@functools.cache
def world() -> list[dict]:
    """Countries: `names` (ISO 3166 codes, English names) and `shape` (coordinates of polygons, in degrees).

    From Natural Earth, 1:110m, public domain, rounded to a tenth of a degree.
    """
    return json.loads((ASSETS / "world.json").read_text(encoding="utf-8"))


@functools.cache
def world_tables() -> dict[str, list[dict]]:
    """The two tables that a map is drawn from: `shapes` by country, `names` (upper case) with the country's shape."""
    shapes, names = [], []
    for at, country in enumerate(world()):
        geometry = {"type": "MultiPolygon", "coordinates": country["shape"]}
        shapes.append({"id": at, "geo": {"type": "Feature", "properties": {}, "geometry": geometry}})
        names += [{"name": name.upper(), "id": at} for name in country["names"]]
    return {"shapes": shapes, "names": names}
