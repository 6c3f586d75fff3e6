"""Datasets: their SQL is one query on tables that exist, with columns that are named and additive."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from .board import Dataset
from .known_tables import DIALECT, UNKNOWN, Tables, resolve
from .ratios import is_ratio, summed_ratios


@dataclass(frozen=True)
class Output:
    """A column of a dataset. `kind` is number, time, text or boolean; empty where the type cannot be told."""

    kind: str
    is_ratio: bool


Outputs = dict[str, Output]


def read_dataset(dataset: Dataset, tables: Tables) -> tuple[Outputs | None, list[str]]:
    """The columns of a dataset (None where its SQL does not say), and what is wrong with it."""
    wrong = list(_lines(dataset.query_lines))
    try:
        statements = sqlglot.parse(dataset.sql, dialect=DIALECT)
    except (SqlglotError, RecursionError) as error:
        return None, [*wrong, f"SQL does not parse: {_reason(error)}; correct it"]
    if len(statements) != 1 or not isinstance(statements[0], exp.Query):
        return None, [*wrong, "SQL is not one query; write a single SELECT without a semicolon"]
    tree = statements[0]
    wrong += _names(tree, tables)
    wrong += summed_ratios(tree)
    unnamed = [number for number, one in enumerate(tree.selects, 1) if one.is_star or not one.alias_or_name]
    for number in unnamed:
        wrong.append(f"output column {number} has no name; list the columns, each with its name")
    if unnamed:
        return None, wrong
    names = [one.alias_or_name for one in tree.selects]
    wrong += [f"column {name} comes twice; rename one" for name, times in Counter(names).items() if times > 1]
    try:
        typed = resolve(tree, tables).selects
    except (SqlglotError, RecursionError) as error:
        return None, [*wrong, f"SQL names what is not there: {_reason(error)}; see docs/gold.md for the columns"]
    return {
        name: Output(_kind(one.type), is_ratio(original))
        for name, one, original in zip(names, typed, tree.selects, strict=False)
    }, wrong


def kind_of(sql_type: str) -> str:
    """The kind of a SQL type name."""
    kinds = {
        "number": ("TINYINT", "SMALLINT", "INT", "BIGINT", "FLOAT", "DOUBLE", "DECIMAL", "LONG", "SHORT", "BYTE"),
        "time": ("DATE", "TIMESTAMP", "TIMESTAMP_NTZ"),
        "text": ("STRING", "CHAR", "VARCHAR"),
        "boolean": ("BOOLEAN",),
    }
    base = sql_type.upper().split("(")[0]
    return next((kind for kind, types in kinds.items() if base in types), "")


def _kind(type_: exp.DataType | None) -> str:
    return kind_of(type_.sql(DIALECT) if type_ else UNKNOWN)


def _lines(lines: list[str]) -> Iterator[str]:
    for number, line in enumerate(lines, 1):
        if not line.endswith("\n") or "\n" in line[:-1]:
            yield f"query line {number} is joined with the next as it is; end each line of SQL with one \\n"


def _names(tree: exp.Expression, tables: Tables) -> Iterator[str]:
    inner = {cte.alias for cte in tree.find_all(exp.CTE)}
    for parameter in tree.find_all(exp.Placeholder):
        yield f"parameter :{parameter.name} gets no value; filter by a column instead"
    for table in tree.find_all(exp.Table):
        name = table.sql(DIALECT, comments=False) if table.args.get("db") else table.name
        if table.args.get("db"):
            yield f"{name} is a qualified name; write {table.name}, catalog and schema are set when it is published"
        elif name and name not in inner and name not in tables:
            yield f"there is no table {name}; take one of docs/gold.md or a pipeline's table"


def _reason(error: Exception) -> str:
    details = getattr(error, "errors", None) or [{}]
    found = details[0]
    at = f" (line {found['line']} of the query)" if found.get("line") else ""
    return f"{found.get('description') or str(error).splitlines()[0]}{at}"
