"""The Genie space's file, and its tables with the catalog and schema that Genie wants before their names."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

FILE = "include/genie/payment_analytics.json"
PROJECT = Path(__file__).resolve().parents[2]


class SpaceError(ValueError):
    """A file that no space can be made of: a line for each finding."""


def read(file: str = FILE) -> dict[str, Any]:
    """The space with bare names, checked as `make validate` checks it. Raises SpaceError."""
    from include.checks import genie

    text = (PROJECT / file).read_text(encoding="utf-8")
    findings = list(genie.findings_in(text, file))
    if findings:
        raise SpaceError("\n".join(findings))
    return json.loads(text)


def curated(space: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Every question with its SQL: the examples, and the answers of the benchmarks."""
    for item in space["instructions"]["example_question_sqls"]:
        yield item["question"][0], "".join(item["sql"])
    for item in space["benchmarks"]["questions"]:
        for answer in item["answer"]:
            yield item["question"][0], "".join(answer["content"])


def qualified(space: dict[str, Any], schema: str) -> dict[str, Any]:
    """The space with `schema` (`catalog.schema`) before every name of a table, in its list and in the SQL."""
    made = json.loads(json.dumps(space))
    for table in made["data_sources"]["tables"]:
        table["identifier"] = f"{schema}.{table['identifier']}"
    for item in made["instructions"]["example_question_sqls"]:
        item["sql"] = qualified_sql("".join(item["sql"]), schema).splitlines(keepends=True)
    for item in made["benchmarks"]["questions"]:
        for answer in item["answer"]:
            answer["content"] = qualified_sql("".join(answer["content"]), schema).splitlines(keepends=True)
    return made


def qualified_sql(sql: str, schema: str) -> str:
    """The same text with `schema.` before each bare table; names of common table expressions stay."""
    import sqlglot
    from sqlglot import exp

    parsed = sqlglot.parse_one(sql, dialect="databricks")
    inner = {each.alias for each in parsed.find_all(exp.CTE)}
    tables = [table for table in parsed.find_all(exp.Table) if isinstance(table.this, exp.Identifier)]
    places = {table.this.meta["start"] for table in tables if not table.db and table.name not in inner}
    for place in sorted(places, reverse=True):
        sql = f"{sql[:place]}{schema}.{sql[place:]}"
    return sql
