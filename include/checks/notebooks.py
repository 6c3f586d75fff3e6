"""Notebooks in Databricks source format, and pipeline sources: they parse, and what they name exists."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

HEADER = "# Databricks notebook source"
_MAGIC = re.compile(r"^# MAGIC ?(.*)$")
_KNOWN_MAGICS = ("md", "sql", "run", "pip", "python")


def findings(root: Path) -> Iterator[str]:
    """What is wrong with the notebooks below `root`/notebooks."""
    folder = root / "notebooks"
    for path in sorted(folder.rglob("*.py")):
        shown = path.relative_to(root).as_posix()
        text = path.read_text(encoding="utf-8")
        is_pipeline = path.parent.name == "pipelines"
        if not is_pipeline and not text.startswith(HEADER + "\n"):
            yield f"{shown}:1: a notebook must begin with the line {HEADER!r}"
        try:
            tree = ast.parse(text)
        except SyntaxError as error:
            yield f"{shown}:{error.lineno}: {error.msg}"
            continue
        if is_pipeline:
            yield from _pipeline(tree, shown)
        else:
            yield from _magics(text, path, shown)


def _magics(text: str, path: Path, shown: str) -> Iterator[str]:
    first_of_cell = True
    for number, line in enumerate(text.splitlines(), 1):
        if line == HEADER or line.startswith("# COMMAND --"):
            first_of_cell = True
            continue
        found = _MAGIC.match(line)
        if found and first_of_cell:
            magic, _, rest = found[1].partition(" ")
            if magic.startswith("%") and magic[1:] not in _KNOWN_MAGICS:
                yield f"{shown}:{number}: unknown magic {magic}; known: %{', %'.join(_KNOWN_MAGICS)}"
            if magic == "%run" and not (path.parent / f"{rest.split()[0]}.py").exists():
                yield f"{shown}:{number}: %run names {rest.split()[0]}, which is not there"
        if line.strip():
            first_of_cell = False


def _pipeline(tree: ast.Module, shown: str) -> Iterator[str]:
    """A pipeline source defines datasets with `pyspark.pipelines` and starts nothing itself."""
    imported = {name.name for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) for name in node.names}
    if "pipelines" not in imported:
        yield f"{shown}:1: a pipeline source must import `pipelines` from pyspark"
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr in ("writeStream", "saveAsTable", "toPandas", "collect"):
            yield f"{shown}:{node.lineno}: .{node.attr} is not allowed in a pipeline: return the DataFrame instead"
