"""The Genie space (`include/genie/*.json`): its ids, its order, and its SQL, which names what the space holds."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

_ID = re.compile(r"[0-9a-f]{32}")


def findings(root: Path) -> Iterator[str]:
    """What is wrong with the Genie spaces below `root`/include/genie."""
    for path in sorted((root / "include" / "genie").glob("*.json")):
        shown = path.relative_to(root).as_posix()
        yield from findings_in(path.read_text(encoding="utf-8"), shown, _gold(root))


def findings_in(text: str, shown: str, known: set[str] | None = None) -> Iterator[str]:
    """What is wrong with the text of one space. `known`: names of the views that there are; None: not looked at."""
    try:
        space = json.loads(text)
    except ValueError as error:
        yield f"{shown}:{getattr(error, 'lineno', 1)}: not JSON: {error}"
        return
    try:
        found = list(_space(space, known))
    except (AttributeError, KeyError, TypeError) as error:
        found = [f"not a space of version 2: {type(error).__name__} {error}"]
    yield from (f"{shown}:1: {each}" for each in found)


def _space(space: dict[str, Any], known: set[str] | None) -> Iterator[str]:
    if space["version"] != 2:
        yield f"version is {space['version']}, not 2"
    lists = {
        "sample_questions": space["config"]["sample_questions"],
        "text_instructions": space["instructions"]["text_instructions"],
        "example_question_sqls": space["instructions"]["example_question_sqls"],
        "benchmarks": space["benchmarks"]["questions"],
    }
    yield from _ids(lists)
    if len(lists["text_instructions"]) > 1:
        yield "text_instructions has more than one item; join them"
    tables = [table["identifier"] for table in space["data_sources"]["tables"]]
    if tables != sorted(set(tables)):
        yield "tables must be sorted by identifier, each once"
    for table in space["data_sources"]["tables"]:
        columns = [config["column_name"] for config in table.get("column_configs", [])]
        if columns != sorted(set(columns)):
            yield f"table {table['identifier']}: column_configs must be sorted by column_name, each once"
        if known is not None and table["identifier"] not in known:
            yield f"table {table['identifier']}: there is no such gold view or table; names are bare"
    for item in lists["example_question_sqls"]:
        yield from _sql(item["question"][0], "".join(item["sql"]), set(tables))
    for item in lists["benchmarks"]:
        for answer in item["answer"]:
            yield from _sql(item["question"][0], "".join(answer["content"]), set(tables))
    curated = {question for item in lists["example_question_sqls"] for question in item["question"]}
    for item in lists["sample_questions"]:
        if item["question"][0] not in curated:
            yield f"sample question {item['question'][0]!r} has no example SQL"


def _ids(lists: dict[str, list[dict[str, Any]]]) -> Iterator[str]:
    seen: dict[str, str] = {}
    for name, items in lists.items():
        ids = [item["id"] for item in items]
        for number, each in enumerate(ids):
            place = f"{name}[{number}]"
            if not _ID.fullmatch(each):
                yield f"{place}: id {each!r} must be 32 lower-case hex digits"
            if each in seen:
                yield f"{place}: id {each} is that of {seen[each]} already"
            seen[each] = place
        if ids != sorted(ids):
            yield f"{name} must be sorted by id"


def _sql(question: str, sql: str, tables: set[str]) -> Iterator[str]:
    try:
        parsed = sqlglot.parse_one(sql, dialect="databricks")
    except SqlglotError as error:
        yield f"SQL of {question!r}: {str(error).splitlines()[0]}"
        return
    inner = {each.alias for each in parsed.find_all(exp.CTE)}
    for table in parsed.find_all(exp.Table):
        if table.db:
            yield f"SQL of {question!r}: {table.sql()} must be a bare name"
        elif table.name not in tables | inner:
            yield f"SQL of {question!r}: {table.name} is not among the tables of the space"


def _gold(root: Path) -> set[str]:
    return {path.stem for name in ("tables", "views") for path in (root / "sql" / "gold" / name).glob("*.sql")}
