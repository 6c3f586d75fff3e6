"""The text of a Genie space (`serialized_space`, version 2): what may be written, and the questions that it answers."""

import json
import re
import unicodedata
from collections.abc import Iterator

from ..errors import invalid

_ID = re.compile(r"[0-9a-f]{32}")
_LISTS = (
    # where, its text fields, whether the cloud wants it sorted
    ("config.sample_questions", ("question",), False),
    ("instructions.text_instructions", ("content",), True),
    ("instructions.example_question_sqls", ("question", "sql"), True),
    ("benchmarks.questions", ("question",), True),
)


def checked(serialized: str) -> dict:
    """The space as an object. Raises 400 with every finding: names what is wrong and where."""
    try:
        serialized.encode()
        space = json.loads(serialized)
    except (ValueError, RecursionError) as error:
        raise invalid(f"serialized_space is not JSON: {error}") from error
    if not isinstance(space, dict):
        raise invalid("serialized_space must be a JSON object.")
    findings = list(_findings(space))
    if findings:
        raise invalid("serialized_space: " + "; ".join(findings))
    return space


def curated(space: dict) -> list[dict]:
    """The questions that have SQL: `question` and `sql` as texts."""
    return [
        {"question": question, "sql": "".join(item["sql"])}
        for item in _items(space, "instructions.example_question_sqls")
        for question in item["question"]
    ]


def folded(question: str) -> str:
    """A question in one form: no case, no punctuation, single spaces."""
    text = unicodedata.normalize("NFKC", question).casefold()
    return " ".join("".join(letter if letter.isalnum() else " " for letter in text).split())


def _findings(space: dict) -> Iterator[str]:
    if space.get("version") != 2:
        yield f"version must be 2, got {json.dumps(space.get('version'))[:40]}"
    seen: dict[str, str] = {}
    for where, fields, is_sorted in _LISTS:
        items = _items(space, where)
        if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
            yield f"{where} must be a list of objects"
            continue
        for number, item in enumerate(items):
            yield from _item(item, f"{where}[{number}]", fields, seen)
        ids = [item.get("id") for item in items]
        if is_sorted and all(isinstance(each, str) for each in ids) and ids != sorted(ids):
            yield f"{where} must be sorted by id"
    texts = _items(space, "instructions.text_instructions")
    if isinstance(texts, list) and len(texts) > 1:
        yield "text_instructions must contain at most one item"
    yield from _tables(_items(space, "data_sources.tables"))


def _item(item: dict, place: str, fields: tuple[str, ...], seen: dict[str, str]) -> Iterator[str]:
    found = item.get("id")
    if not isinstance(found, str) or not _ID.fullmatch(found):
        yield f"{place}.id must be 32 lower-case hex digits, got {json.dumps(found)[:60]}"
    elif found in seen:
        yield f"{place}.id {found} is that of {seen[found]} already"
    else:
        seen[found] = place
    for field in fields:
        lines = item.get(field)
        if not isinstance(lines, list) or not lines or not all(isinstance(line, str) for line in lines):
            yield f"{place}: Expected an array for {field}, with one text at least"


def _tables(tables: object) -> Iterator[str]:
    if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        yield "data_sources.tables must be a list of objects"
        return
    names = [table.get("identifier") for table in tables]
    for number, name in enumerate(names):
        if not isinstance(name, str) or len(name.split(".")) != 3 or not all(name.split(".")):
            yield f"data_sources.tables[{number}].identifier must be catalog.schema.table, got {json.dumps(name)[:80]}"
    if all(isinstance(name, str) for name in names) and names != sorted(set(names)):
        yield "data_sources.tables must be sorted by identifier, each once"
    for number, table in enumerate(tables):
        configs = table.get("column_configs", [])
        columns = [config.get("column_name") for config in configs if isinstance(config, dict)] \
            if isinstance(configs, list) else [None]  # fmt: skip
        if not all(isinstance(column, str) for column in columns) or columns != sorted(set(columns)):
            yield f"data_sources.tables[{number}].column_configs must be sorted by column_name, each once"


def _items(space: dict, where: str) -> list:
    """The list at a path of two keys; an absent one is empty, one that is no list comes as it is."""
    outer, inner = where.split(".")
    folder = space.get(outer, {})
    return folder.get(inner, []) if isinstance(folder, dict) else folder
