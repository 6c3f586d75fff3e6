"""JSON in which every object remembers its line, so that a finding can name it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from json.decoder import JSONObject
from json.scanner import py_make_scanner
from typing import Any

Path = Sequence[str | int]
"""Keys and positions that lead from the whole file to a value."""


_KINDS = {"datasets": "dataset", "pages": "page"}


class NotJson(Exception):
    """The text cannot be read; the message says why, with the column."""

    def __init__(self, line: int, message: str):
        super().__init__(message)
        self.line = line


class Located(dict):
    """A JSON object, and the line on which it opens."""

    line = 1


class _Decoder(json.JSONDecoder):
    """The standard library's decoder in Python, which lets objects be made here."""

    def __init__(self) -> None:
        super().__init__()
        self.parse_object = self._object
        self.scan_once = py_make_scanner(self)

    @staticmethod
    def _object(text_and_end: tuple[str, int], *rest: Any) -> tuple[Located, int]:
        text, start = text_and_end
        pairs, end = JSONObject(text_and_end, *rest)
        made = Located(pairs)
        made.line = text.count("\n", 0, start) + 1
        return made, end


def parse(text: str) -> Any:
    """The value of the text. Raises NotJson."""
    try:
        return _Decoder().decode(text)
    except json.JSONDecodeError as error:
        raise NotJson(error.lineno, f"not JSON: {error.msg}, column {error.colno}; correct the syntax there") from error
    except (ValueError, RecursionError) as error:
        raise NotJson(1, f"cannot be read: {error}; a dashboard has neither such numbers nor such depth") from error


def place(raw: Any, path: Path) -> str:
    """`<line>: page p, widget w: ` for the value at a path: as much of it as is there."""
    line, names, value = 1, [], raw
    for number, key in enumerate(path):
        try:
            value = value[key]
        except (LookupError, TypeError):
            break
        if isinstance(value, Located):
            line = value.line
            kind = _KINDS.get(path[0]) if number == 1 else "widget" if key == "widget" else None
            if kind and isinstance(value.get("name"), str):
                names.append(f"{kind} {value['name']}")
    return f"{line}: {', '.join(names)}{': ' if names else ''}"
