"""A widget's query over its dataset as transforms: Vega's, run by a page, or Vega-Lite's, within a chart."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from . import expressions
from .expressions import Compiled, Source, UnsupportedExpression


@dataclass(frozen=True)
class Field:
    """An output of a query: where its value stands in Vega's `datum`; the rest as in expressions.Compiled."""

    alias: str
    kind: str
    expression: str
    width: float | None = None
    unit: str = ""

    @property
    def value(self) -> str:
        return f"datum.{self.alias}"


@dataclass(frozen=True)
class Plan:
    """`fields` by the names that the widget's encodings use; `transforms` are Vega-Lite's."""

    fields: dict[str, Field]
    transforms: list[dict]

    def field(self, name: str) -> Field:
        if name not in self.fields:
            raise UnsupportedExpression(f"encoding {name}: the widget's query has no such field")
        return self.fields[name]


def plan(query: Mapping, kinds: Mapping[str, str], where: str, without: Collection[str] = ()) -> Plan:
    """Computes a widget's query; `without` names fields to leave out.

    `kinds` are the columns of the dataset, in order. Raises UnsupportedExpression, which begins with `where`.
    """
    columns = {name: Source(f"c{at}", kind) for at, (name, kind) in enumerate(kinds.items())}
    try:
        unknown = next((name for name in ("orders", "parameters") if query.get(name)), None)
        if unknown:
            raise UnsupportedExpression(f"a page does not read {unknown} of a widget's query; use the dataset's SQL")
        steps = [{"filter": expressions.condition(item["expression"], columns)} for item in query.get("filters", [])]
        compiled = {
            item["name"]: expressions.compile(item["expression"], columns, f"a{at}_")
            for at, item in enumerate(query.get("fields", []))
            if item["name"] not in without
        }
        if query.get("disaggregated", False):
            aggregated = next((name for name, made in compiled.items() if made.aggregates), None)
            if aggregated:
                raise UnsupportedExpression(f"field {aggregated} aggregates, and its query is disaggregated")
    except UnsupportedExpression as error:
        raise UnsupportedExpression(f"{where}: {error}") from error
    sql = {item["name"]: item["expression"] for item in query.get("fields", [])}
    fields = {
        name: Field(f"f{at}", made.kind, sql[name], made.width, made.unit)
        for at, (name, made) in enumerate(compiled.items())
    }
    outputs = [(fields[name], made) for name, made in compiled.items()]
    steps += _rows(outputs) if query.get("disaggregated", False) else _groups(outputs)
    return Plan(fields, steps)


def vega(transforms: list[dict]) -> list[dict]:
    """Vega-Lite's transforms of a plan as Vega's."""
    return [_vega(step) for step in transforms]


def _vega(step: dict) -> dict:
    if "filter" in step:
        return {"type": "filter", "expr": step["filter"]}
    if "calculate" in step:
        return {"type": "formula", "expr": step["calculate"], "as": step["as"]}
    measures = step["aggregate"]
    return {
        "type": "aggregate",
        "groupby": step["groupby"],
        "ops": [measure["op"] for measure in measures],
        "fields": [measure.get("field") for measure in measures],
        "as": [measure["as"] for measure in measures],
    }


def _rows(outputs: list[tuple[Field, Compiled]]) -> list[dict]:
    return [{"calculate": made.value, "as": field.alias} for field, made in outputs]


def _groups(outputs: list[tuple[Field, Compiled]]) -> list[dict]:
    keys = [(field, made) for field, made in outputs if not made.aggregates]
    measures = [(field, made) for field, made in outputs if made.aggregates]
    steps = _rows(keys)
    if keys:
        # Vega joins the values of a group with | and writes NULL as the text null; with their lengths before them,
        # no two groups look alike.
        parts = [
            f"(isValid({field.value}) ? length('' + {field.value}) + ':' + {field.value} : 'n')" for field, _ in keys
        ]
        steps.append({"calculate": " + '|' + ".join(parts), "as": "group"})
    totals = [{"op": "count", "as": "group_rows"}]
    for _, made in measures:
        for part in made.aggregates:
            if not part.argument:
                totals.append({"op": part.operation, "as": part.alias})
                continue
            steps.append({"calculate": part.argument, "as": f"{part.alias}x"})
            totals.append({"op": part.operation, "field": f"{part.alias}x", "as": part.alias})
    groupby = ["group", *(field.alias for field, _ in keys)] if keys else []
    return [*steps, {"aggregate": totals, "groupby": groupby}, *_rows(measures)]
