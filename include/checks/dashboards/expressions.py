"""Expressions in the fields of a widget's query: the part of SQL that the platform takes and that pages compute."""

from __future__ import annotations

from collections.abc import Collection, Iterator

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from .datasets import Outputs
from .known_tables import DIALECT
from .ratios import has_rate_name, is_ratio, summed_ratios

AGGREGATES = (exp.Sum, exp.Count, exp.Avg, exp.Min, exp.Max)
_ALLOWED = (
    *AGGREGATES, exp.Column, exp.Identifier, exp.Literal, exp.Var, exp.Star, exp.Distinct, exp.Paren, exp.Neg, exp.Add,
    exp.Sub, exp.Mul, exp.Div, exp.Nullif, exp.Coalesce, exp.Round, exp.TimestampTrunc, exp.DateTrunc,
)  # fmt: skip
_UNITS = ("HOUR", "DAY", "WEEK", "MONTH")
_ALLOWED_IN_WORDS = "columns, SUM, COUNT, AVG, MIN, MAX, + - * /, NULLIF, COALESCE, ROUND and DATE_TRUNC"


class BadExpression(Exception):
    """The expression cannot be used; the message says why and what to change."""


def check(expression: str, columns: Collection[str] | None) -> exp.Expression:
    """The parsed expression over these columns (None = not known). Raises BadExpression."""
    try:
        tree = sqlglot.parse_one(expression, dialect=DIALECT)
    except (SqlglotError, RecursionError) as error:
        raise BadExpression("does not parse; correct the syntax") from error
    for node in tree.walk():
        if not isinstance(node, _ALLOWED):
            raise BadExpression(f"holds {node.sql(DIALECT)}; use {_ALLOWED_IN_WORDS}, or compute it in the dataset")
        if isinstance(node, exp.Column) and node.table:
            raise BadExpression(f"holds {node.sql(DIALECT)}; a column has a bare name in backticks")
        if isinstance(node, (exp.TimestampTrunc, exp.DateTrunc)) and node.unit.name.upper() not in _UNITS:
            raise BadExpression(f"truncates to {node.unit.name}; use one of {', '.join(_UNITS)}")
        if isinstance(node, AGGREGATES) and node.find_ancestor(*AGGREGATES):
            raise BadExpression("has an aggregate within an aggregate; aggregate once")
    found = [column for column in tree.find_all(exp.Column) if isinstance(column.this, exp.Identifier)]
    for column in found:
        if columns is not None and column.name not in columns:
            raise BadExpression(f"the dataset has no column {column.name}; it has {', '.join(sorted(columns))}")
    if is_aggregate(tree) and any(not column.find_ancestor(*AGGREGATES) for column in found):
        raise BadExpression("mixes a column with an aggregate; aggregate the column too")
    return tree


def is_aggregate(tree: exp.Expression) -> bool:
    return tree.find(*AGGREGATES) is not None


def kind(tree: exp.Expression, outputs: Outputs) -> str:
    """number, time, text or boolean; empty where it cannot be told."""
    while isinstance(tree, (exp.Min, exp.Max, exp.Paren, exp.Coalesce)):
        tree = tree.this
    if isinstance(tree, exp.Column):
        return outputs[tree.name].kind if tree.name in outputs else ""
    if isinstance(tree, (exp.TimestampTrunc, exp.DateTrunc)):
        return "time"
    if isinstance(tree, exp.Literal):
        return "text" if tree.is_string else "number"
    return "number"


def is_share(tree: exp.Expression, outputs: Outputs) -> bool:
    """Whether the value is a ratio between 0 and 1 by its making: a quotient that nobody multiplied by 100."""
    return is_ratio(tree, lambda name: name in outputs and outputs[name].is_ratio and not name.endswith("_pct"))


def wrong_sums(tree: exp.Expression, outputs: Outputs) -> Iterator[str]:
    """A message for every SUM or AVG over a column that is a ratio by its name or its making."""
    return summed_ratios(tree, lambda name: has_rate_name(name) or (name in outputs and outputs[name].is_ratio))
