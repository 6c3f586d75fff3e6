"""Notebooks in Databricks source format: a header, cells between COMMAND lines, magics behind MAGIC comments."""

import re
from dataclasses import dataclass

_COMMENTS = {"python": "#", "sql": "--"}


class NotANotebook(ValueError):
    """The text is not a notebook in source format."""


@dataclass(frozen=True)
class Cell:
    """One cell: its number from 1, the line of the file where its text begins, its language or magic, its text.

    `kind` is "python", "sql", or the name of a magic without %; `text` keeps the file's lines one to one, so that
    line i of the text is line `line + i` of the file.
    """

    number: int
    line: int
    kind: str
    text: str


def language_of(source: str) -> str | None:
    """python or sql if the text is a notebook in source format, None if it is not."""
    first = source.lstrip("\ufeff").split("\n", 1)[0].rstrip()
    for language, comment in _COMMENTS.items():
        if first == f"{comment} Databricks notebook source":
            return language
    return None


def cells(source: str, path: str) -> list[Cell]:
    """The cells that hold anything. Raises NotANotebook with what to do."""
    language = language_of(source)
    if language is None:
        raise NotANotebook(
            f"{path} is not a notebook in source format: its first line must be '# Databricks notebook source' "
            "(or '-- Databricks notebook source' for SQL)."
        )
    comment = _COMMENTS[language]
    separator = re.compile(rf"^{re.escape(comment)} COMMAND -+\s*$")
    found: list[Cell] = []
    start, block = 2, []
    number = 1
    for at, line in enumerate(source.split("\n")[1:], start=2):
        if separator.match(line):
            found += _cell(number, start, block, language)
            number, start, block = number + 1, at + 1, []
        else:
            block.append(line.rstrip("\r"))
    return found + _cell(number, start, block, language)


def _cell(number: int, line: int, block: list[str], language: str) -> list[Cell]:
    comment = _COMMENTS[language]
    while block and not block[0].strip():
        block, line = block[1:], line + 1
    if not block:
        return []
    magic = re.compile(rf"^{re.escape(comment)} MAGIC ?")
    titles = 0
    while titles < len(block) and block[titles].startswith(f"{comment} DBTITLE"):
        titles += 1
    block, line = block[titles:], line + titles
    if not any(magic.match(text) for text in block):
        text = "\n".join(block)
        return [Cell(number, line, language, text)] if text.strip() else []
    lines = [magic.sub("", text) for text in block]
    head = re.match(r"%(\w+)[ \t]*", lines[0])
    if not head:
        # A commented-out magic such as "# MAGIC # %sql", or one that starts further down.
        return [Cell(number, line, language, "\n".join(block))]
    lines[0] = lines[0][head.end() :]
    return [Cell(number, line, head[1], "\n".join(lines))]
