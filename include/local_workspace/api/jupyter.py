"""Notebooks between Jupyter's format and Databricks' source format."""

import json

from ..errors import invalid

_COMMENTS = {"PYTHON": "#", "SQL": "--", "SCALA": "//", "R": "#"}
_KERNELS = {"python": "PYTHON", "sql": "SQL", "scala": "SCALA", "r": "R"}


def to_source(content: str) -> tuple[str, str]:
    """Source and language of a Jupyter notebook. Raises 400 if it is none."""
    try:
        notebook = json.loads(content)
        cells = [(cell["cell_type"], "".join(cell["source"])) for cell in notebook["cells"]]
        metadata = notebook.get("metadata") or {}
        name = (metadata.get("language_info") or {}).get("name") or "python"
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise invalid(f"The content is not a Jupyter notebook (nbformat 4): {type(error).__name__} {error}") from error
    language = _KERNELS.get(str(name).lower())
    if language is None:
        raise invalid(f"The language of the notebook is {str(name)[:80]!r}; known are {', '.join(_KERNELS)}.")
    mark = _COMMENTS[language]
    blocks = [text if kind == "code" else _magic(text, mark) for kind, text in cells]
    separator = f"\n\n{mark} COMMAND ----------\n\n"
    return f"{mark} Databricks notebook source\n{separator.join(blocks)}\n", language


def from_source(source: str, language: str) -> str:
    """A Jupyter notebook from source text."""
    mark = _COMMENTS[language]
    body = source.removeprefix(f"{mark} Databricks notebook source").removeprefix("\n")
    cells = [_cell(block.strip("\n"), mark) for block in body.split(f"{mark} COMMAND ----------")]
    name = next(kernel for kernel, known in _KERNELS.items() if known == language)
    notebook = {"cells": cells, "metadata": {"language_info": {"name": name}}, "nbformat": 4, "nbformat_minor": 0}
    return json.dumps(notebook, indent=1)


def _magic(text: str, mark: str) -> str:
    return "\n".join(f"{mark} MAGIC {line}" for line in f"%md\n{text}".split("\n"))


def _cell(block: str, mark: str) -> dict:
    magic = f"{mark} MAGIC"
    lines = block.split("\n")
    if not all(line.startswith(magic) for line in lines):
        return {"cell_type": "code", "execution_count": None, "metadata": {}, "outputs": [], "source": _lines(block)}
    text = "\n".join(line.removeprefix(magic).removeprefix(" ") for line in lines)
    if not text.startswith("%md"):
        return {"cell_type": "code", "execution_count": None, "metadata": {}, "outputs": [], "source": _lines(text)}
    return {"cell_type": "markdown", "metadata": {}, "source": _lines(text.removeprefix("%md").lstrip())}


def _lines(text: str) -> list[str]:
    return text.splitlines(keepends=True)
