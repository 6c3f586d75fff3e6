"""Number and date formats of a dashboard as Vega expressions that give the text of a value."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping

from .datasets import BOOLEAN, DATE, NUMBER, TIMESTAMP

NOTHING = "\u2014"
LONGEST_TEXT = 200
SHORT_LABEL = "truncate('' + datum.label, 40)"
"""The label of a category at an axis or in a legend."""
_SYMBOLS = {"USD": "$", "EUR": "€", "GBP": "£", "BRL": "R$", "MXN": "MX$", "CAD": "CA$", "JPY": "¥"}
_ABBREVIATIONS = (("1000", "K"), ("1000000", "M"), ("1000000000", "B"), ("1000000000000", "T"))
_TEMPLATE = re.compile(r"\{\{\s*@(?:formatted)?\s*\}\}")


def text(kind: str, layout: Mapping | None, value: str, template: str = "") -> str:
    """A Vega expression for the text of `value`; NULL is a dash. `layout` is the `format` of an encoding, if any."""
    layout = layout or {}
    template = template or layout.get("formatTemplate", "")
    before, _, after = _TEMPLATE.sub("\0", template or "\0", count=1).partition("\0")
    shown = f"{json.dumps(before)} + {_shown(kind, layout, value)} + {json.dumps(after + layout.get('suffix', ''))}"
    return f"(isValid({value}) ? {shown} : {json.dumps(NOTHING)})"


def short(layout: Mapping | None) -> dict:
    """The format as axes and legends show it: large numbers abbreviated, no zeros at the end."""
    return {**(layout or {}), "abbreviation": "compact", "decimalPlaces": {"type": "max", "places": 2}}


def is_percent(layout: Mapping | None) -> bool:
    return (layout or {}).get("type") == "number-percent"


def _shown(kind: str, layout: Mapping, value: str) -> str:
    if kind == DATE:
        return f"utcFormat({value}, '%Y-%m-%d')"
    if kind == TIMESTAMP:
        return f"utcFormat({value}, utcseconds({value}) ? '%Y-%m-%d %H:%M:%S' : '%Y-%m-%d %H:%M')"
    if kind == BOOLEAN:
        return f"({value} ? 'yes' : 'no')"
    # Beyond some hundred characters nobody reads on, and measuring them takes seconds.
    return _number(layout, value) if kind == NUMBER else f"truncate('' + {value}, {LONGEST_TEXT})"


def _number(layout: Mapping, value: str) -> str:
    style = layout.get("type", "number")
    decimals = layout.get("decimalPlaces", {})
    places = int(decimals.get("places", 1 if style == "number-percent" else 2))
    # Without a word on decimals, money and percentages have the same number of them in every row.
    exact = decimals.get("type") == "exact" or (style in ("number-currency", "number-percent") and not decimals)
    fixed = f".{places}f" if exact else f".{places}~f"
    if style == "number-percent":
        return f"format({value}, '{fixed.replace('f', '%')}')"
    group = "" if style == "number-plain" else ","
    symbol = ""
    if style == "number-currency":
        code = str(layout.get("currencyCode", "USD"))
        symbol = _SYMBOLS.get(code, f"{code} ")
    size = f"abs({value})"
    plain = f"format({size}, '{group}{fixed}')"
    if not decimals and not symbol:
        # A small figure without a format still shows its first digits.
        plain = f"({size} > 0 && {size} < 0.1 ? format({size}, '.2~r') : {plain})"
    if layout.get("abbreviation") == "compact":
        short = fixed if exact else f".{min(places, 2)}~f"
        for power, letter in _ABBREVIATIONS:
            plain = f"({size} >= {power} ? format({size} / {power}, ',{short}') + '{letter}' : {plain})"
    return f"(({value} < 0 ? '\u2212' : '') + {json.dumps(symbol)} + {plain})"
