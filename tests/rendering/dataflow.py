"""Runs the transforms of a plan in Vega itself and reads the rows that come out."""

from __future__ import annotations

import vl_convert

from include.rendering import queries
from include.rendering.datasets import BOOLEAN, TEXT


def rows(query: dict, kinds: dict[str, str], table: list[tuple]) -> list[tuple]:
    """What a page makes of a query: rows of numbers, texts, truth values and None, in the order of the fields."""
    plan = queries.plan(query, kinds, "test")
    source = [{f"c{at}": value for at, value in enumerate(row)} for row in table]
    fields = list(plan.fields.values())
    marks = [
        {"type": "text", "from": {"data": "rows"},
         "encode": {"enter": {"text": {"signal": f"isValid({field.value}) ? 'v' + {field.value} : 'n'"}}}}
        for field in fields
    ]  # fmt: skip
    spec = {
        "$schema": "https://vega.github.io/schema/vega/v6.json", "width": 1, "height": 1, "marks": marks,
        "data": [{"name": "source", "values": source},
                 {"name": "rows", "source": "source", "transform": queries.vega(plan.transforms)}],
    }  # fmt: skip
    group = vl_convert.vega_to_scenegraph(spec)["scenegraph"]["items"][0]
    columns = [[_value(item["text"], field.kind) for item in mark["items"]]
               for mark, field in zip(group["items"], fields, strict=True)]  # fmt: skip
    return list(zip(*columns, strict=True))


def _value(text: str, kind: str):
    if text == "n":
        return None
    if kind == TEXT:
        return text[1:]
    return text == "vtrue" if kind == BOOLEAN else float(text[1:])


def texts(expression: str, table: list[dict]) -> list[str]:
    """What a Vega expression gives for each row."""
    spec = {
        "$schema": "https://vega.github.io/schema/vega/v6.json",
        "width": 1,
        "height": 1,
        "data": [{"name": "rows", "values": table}],
        "marks": [{"type": "text", "from": {"data": "rows"}, "encode": {"enter": {"text": {"signal": expression}}}}],
    }
    group = vl_convert.vega_to_scenegraph(spec)["scenegraph"]["items"][0]
    return [item.get("text", "") for item in group["items"][0]["items"]]
