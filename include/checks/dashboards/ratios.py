"""Ratios: what is one, and where one is added up or averaged, which gives a wrong figure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from sqlglot import exp

_RATE_NAME = re.compile(r"(^|_)(rate|pct|share|ratio|avg|mean|p50|p95|p99)(_|$)", re.IGNORECASE)
_WRAPPERS = (exp.Paren, exp.Cast, exp.Coalesce, exp.Round, exp.Alias, exp.Min, exp.Max)


def has_rate_name(name: str) -> bool:
    """Whether a column is a rate, share, mean or percentile by its name."""
    return bool(_RATE_NAME.search(name))


def is_ratio(tree: exp.Expression, of_column: Callable[[str], bool] = has_rate_name) -> bool:
    """Whether an expression is a quotient, or a column that is one. `1 / x` is a weight: weights add up."""
    while isinstance(tree, _WRAPPERS):
        tree = tree.this
    if isinstance(tree, exp.Column):
        return of_column(tree.name)
    if isinstance(tree, (exp.Add, exp.Sub)):
        return is_ratio(tree.left, of_column) and is_ratio(tree.right, of_column)
    return isinstance(tree, exp.Div) and not isinstance(tree.left, exp.Literal)


def summed_ratios(tree: exp.Expression, of_column: Callable[[str], bool] = has_rate_name) -> Iterator[str]:
    """A message for every SUM or AVG over a ratio."""
    for call in tree.find_all(exp.Sum, exp.Avg):
        if is_ratio(call.this, of_column):
            name = "adds up" if isinstance(call, exp.Sum) else "averages"
            yield f"{call.sql('databricks')} {name} ratios; divide the sum of the parts by the sum of the wholes"
