"""SQL text cut into statements, with strings, quoted names and comments respected."""

import re
from collections.abc import Iterator

_PIECES = re.compile(
    r"""
      (?P<comment>--[^\n]*|/\*.*?(?:\*/|\Z))
    | (?P<string>[rR]?'(?:[^'\\]|\\.|'')*'|[rR]?"(?:[^"\\]|\\.|"")*"|`(?:[^`]|``)*`|\$\$.*?\$\$)
    | (?P<end>;)
    | (?P<other>[^\s;'"`$/:-]+|.)
    """,
    re.VERBOSE | re.DOTALL,
)
_MARKER = re.compile(r":([A-Za-z_]\w*)")
_BLOCK = re.compile(r"\s*(?:--[^\n]*\n\s*|/\*.*?\*/\s*)*BEGIN\b(?!\s+TRANSACTION)", re.IGNORECASE | re.DOTALL)


def split(text: str) -> list[tuple[int, str]]:
    """The statements of a text, each with its first line's number from 0; comments before it stay with it.

    A text that begins with BEGIN is a SQL script: one statement.
    """
    if _BLOCK.match(text):
        return [(0, text.strip().removesuffix(";"))]
    statements: list[tuple[int, str]] = []
    start, code = 0, False
    for piece in _PIECES.finditer(text):
        if piece.lastgroup == "end":
            if code:
                statements.append(_statement(text, start, piece.start()))
            start, code = piece.end(), False
        elif piece.lastgroup != "comment" and piece[0].strip():
            code = True
    if code:
        statements.append(_statement(text, start, len(text)))
    return statements


def markers(statement: str) -> set[str]:
    """Names of the `:name` parameter markers of a statement."""
    return set(_markers(statement))


def _statement(text: str, start: int, end: int) -> tuple[int, str]:
    body = text[start:end]
    lead = len(body) - len(body.lstrip())
    return text.count("\n", 0, start + lead), body.strip()


def _markers(statement: str) -> Iterator[str]:
    blanks = {"comment": " ", "string": "''"}
    blank = _PIECES.sub(lambda piece: blanks.get(piece.lastgroup, piece[0]), statement)
    for found in _MARKER.finditer(blank):
        before = blank[found.start() - 1] if found.start() else " "
        # `a::int` is a cast and `doc:field` reads a field; neither is a parameter.
        if not (before.isalnum() or before in "_:)]'"):
            yield found[1]
