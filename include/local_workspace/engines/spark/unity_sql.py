"""SQL statements about Unity Catalog's own objects, which the workspace executes itself: Spark knows none of them.

CREATE, DROP, DESCRIBE, COMMENT ON and ALTER .. OWNER of catalogs and volumes, SHOW VOLUMES, GRANT, REVOKE, SHOW GRANTS;
COMMENT ON SCHEMA too, because Spark's metastore loses the comment of a schema that exists (seen 2026-11-23).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

_TOKEN = re.compile(
    r"""
      (?P<skip>\s+|--[^\n]*|/\*.*?\*/)
    | (?P<quoted>`(?:[^`]|``)*`)
    | (?P<string>'(?:[^'\\]|\\.|'')*'|"(?:[^"\\]|\\.|"")*")
    | (?P<word>\w+)
    | (?P<parameter>:\w+)
    | (?P<symbol>\|\||.)
    """,
    re.VERBOSE | re.DOTALL,
)
_BEGINS = re.compile(
    r"(?:\s+|--[^\n]*\n|/\*.*?\*/)*(?:CREATE|DROP|DESC|DESCRIBE|COMMENT|SHOW|GRANT|REVOKE|ALTER)\b",
    re.IGNORECASE | re.DOTALL,
)
_ESCAPE = {"n": "\n", "t": "\t", "r": "\r", "0": "\0"}
_SECURABLES = ("CATALOG", "SCHEMA", "DATABASE", "TABLE", "VIEW", "VOLUME", "FUNCTION", "MODEL", "METASTORE")


class UnitySyntaxError(ValueError):
    """A Unity Catalog statement that cannot be read; `sqlstate` is that of a syntax error."""

    error_class = "PARSE_SYNTAX_ERROR"
    sqlstate = "42601"


@dataclass(frozen=True)
class UnityStatement:
    """One statement: `kind` is its verb and object, such as CREATE VOLUME, GRANT or SHOW GRANTS.

    securable: kind of object, upper case; name: its parts as written, without quotes; privileges: upper case, ALL
    PRIVILEGES as one; comment and principal: None where the statement gives none.
    """

    kind: str
    securable: str
    name: tuple[str, ...] = ()
    if_exists: bool = False
    if_not_exists: bool = False
    cascade: bool = False
    extended: bool = False
    location: str | None = None
    comment: str | None = None
    privileges: tuple[str, ...] = ()
    principal: str | None = None
    pattern: str | None = None


def parse(statement: str, parameters: Mapping[str, str] | None = None) -> UnityStatement | None:
    """The statement if it is one of Unity Catalog's, else None: then it is for Spark.

    parameters: values of `:name` markers inside IDENTIFIER(..) and COMMENT. Raises UnitySyntaxError.
    """
    return _Reader(statement, parameters or {}).statement() if _BEGINS.match(statement) else None


class _Reader:
    def __init__(self, statement: str, parameters: Mapping[str, str]):
        self._text = statement
        self._parameters = parameters
        found = (match for match in _TOKEN.finditer(statement) if match.lastgroup != "skip")
        self._tokens = [(match.lastgroup, match.group(), match.start()) for match in found]
        while self._tokens and self._tokens[-1][1] == ";":
            self._tokens.pop()
        self._at = 0

    def statement(self) -> UnityStatement | None:
        read = self._statement()
        if read is not None and self._at < len(self._tokens):
            raise self._unexpected("the end of the statement")
        return read

    def _statement(self) -> UnityStatement | None:
        for words, then in (
            (("CREATE", "CATALOG"), self._create),
            (("CREATE", "VOLUME"), self._create),
            (("CREATE", "EXTERNAL", "VOLUME"), self._create),
            (("DROP", "CATALOG"), self._drop),
            (("DROP", "VOLUME"), self._drop),
            (("DESCRIBE", "CATALOG"), self._describe),
            (("DESC", "CATALOG"), self._describe),
            (("DESCRIBE", "VOLUME"), self._describe),
            (("DESC", "VOLUME"), self._describe),
            (("COMMENT", "ON", "CATALOG"), self._comment_on),
            (("COMMENT", "ON", "VOLUME"), self._comment_on),
            (("COMMENT", "ON", "SCHEMA"), self._comment_on),
            (("COMMENT", "ON", "DATABASE"), self._comment_on),
            (("SHOW", "VOLUMES"), self._show_volumes),
            (("SHOW", "GRANTS"), self._show_grants),
            (("SHOW", "GRANT"), self._show_grants),
            (("GRANT",), self._grant),
            (("REVOKE",), self._grant),
            (("ALTER",), self._alter_owner),
        ):
            if self._take(*words):
                return then(words)
        return None

    def _create(self, words: tuple[str, ...]) -> UnityStatement:
        missing = self._take("IF", "NOT", "EXISTS")
        name = self._name()
        location = comment = None
        while self._at < len(self._tokens):
            if self._take("COMMENT"):
                comment = self._string()
            elif self._take("LOCATION") or self._take("MANAGED", "LOCATION"):
                location = self._string()
            else:
                raise self._unexpected("COMMENT, LOCATION or the end of the statement")
        return UnityStatement(
            f"CREATE {words[-1]}", words[-1], name, if_not_exists=missing, location=location, comment=comment
        )

    def _drop(self, words: tuple[str, ...]) -> UnityStatement:
        existing = self._take("IF", "EXISTS")
        name = self._name()
        cascade = self._take("CASCADE")
        if not cascade:
            self._take("RESTRICT")
        return UnityStatement(f"DROP {words[1]}", words[1], name, if_exists=existing, cascade=cascade)

    def _describe(self, words: tuple[str, ...]) -> UnityStatement:
        extended = self._take("EXTENDED")
        return UnityStatement(f"DESCRIBE {words[1]}", words[1], self._name(), extended=extended)

    def _comment_on(self, words: tuple[str, ...]) -> UnityStatement:
        name = self._name()
        self._expect("IS")
        comment = None if self._take("NULL") else self._string()
        securable = "SCHEMA" if words[2] == "DATABASE" else words[2]
        return UnityStatement("COMMENT ON", securable, name, comment=comment)

    def _show_volumes(self, words: tuple[str, ...]) -> UnityStatement:
        name = self._name() if self._take("IN") or self._take("FROM") else ()
        pattern = self._string() if self._take("LIKE") or self._at < len(self._tokens) else None
        return UnityStatement("SHOW VOLUMES", "SCHEMA", name, pattern=pattern)

    def _show_grants(self, words: tuple[str, ...]) -> UnityStatement:
        principal = None if self._peek("ON") else self._principal()
        self._expect("ON")
        securable, name = self._object()
        return UnityStatement("SHOW GRANTS", securable, name, principal=principal)

    def _grant(self, words: tuple[str, ...]) -> UnityStatement:
        privileges = [self._privilege()]
        while self._take_symbol(","):
            privileges.append(self._privilege())
        self._expect("ON")
        securable, name = self._object()
        self._expect("TO" if words[0] == "GRANT" else "FROM")
        return UnityStatement(words[0], securable, name, privileges=tuple(privileges), principal=self._principal())

    def _alter_owner(self, words: tuple[str, ...]) -> UnityStatement | None:
        # Everything else that ALTER can do is Spark's.
        if not any(self._peek(securable) for securable in _SECURABLES):
            return None
        securable, name = self._object()
        self._take("SET")
        if not self._take("OWNER"):
            return None
        self._expect("TO")
        return UnityStatement("ALTER OWNER", securable, name, principal=self._principal())

    def _object(self) -> tuple[str, tuple[str, ...]]:
        for securable in _SECURABLES:
            if self._take(securable):
                kind = "SCHEMA" if securable == "DATABASE" else securable
                return kind, () if kind == "METASTORE" else self._name()
        return "TABLE", self._name()

    def _privilege(self) -> str:
        words = []
        while not self._peek("ON") and self._kind() == "word":
            words.append(self._next()[1].upper())
        if not words:
            raise self._unexpected("a privilege")
        return "ALL PRIVILEGES" if words == ["ALL"] else " ".join(words)

    def _principal(self) -> str:
        # `user@example.com` may stand without quotes.
        if self._kind() == "quoted":
            return self._part()
        if self._kind() == "string":
            return self._string()
        if self._kind() != "word":
            raise self._unexpected("a principal")
        start = self._tokens[self._at][2]
        end = start
        while self._at < len(self._tokens) and not self._peek("ON"):
            kind, text, position = self._tokens[self._at]
            if position != end and position != start:
                break
            end = position + len(text)
            self._at += 1
        return self._text[start:end]

    def _name(self) -> tuple[str, ...]:
        if self._take("IDENTIFIER"):
            self._expect_symbol("(")
            text = self._string()
            while self._take_symbol("||"):
                text += self._string()
            self._expect_symbol(")")
            return _Reader(text, {})._name()
        parts = [self._part()]
        while self._take_symbol("."):
            parts.append(self._part())
        return tuple(parts)

    def _part(self) -> str:
        if self._kind() not in ("word", "quoted"):
            raise self._unexpected("a name")
        kind, text, _ = self._next()
        return text[1:-1].replace("``", "`") if kind == "quoted" else text

    def _string(self) -> str:
        kind = self._kind()
        if kind == "parameter":
            name = self._next()[1][1:]
            if name not in self._parameters:
                raise UnitySyntaxError(f"The statement uses :{name}, but no parameter of that name was given.")
            return self._parameters[name]
        if kind != "string":
            raise self._unexpected("a string in quotes")
        text = self._next()[1]
        body = text[1:-1].replace(text[0] * 2, text[0])
        return re.sub(r"\\(.)", lambda found: _ESCAPE.get(found.group(1), found.group(1)), body, flags=re.DOTALL)

    def _kind(self) -> str | None:
        return self._tokens[self._at][0] if self._at < len(self._tokens) else None

    def _next(self) -> tuple[str, str, int]:
        self._at += 1
        return self._tokens[self._at - 1]

    def _peek(self, *words: str) -> bool:
        ahead = self._tokens[self._at : self._at + len(words)]
        found = [text.upper() for kind, text, _ in ahead if kind == "word"]
        return found == list(words)

    def _take(self, *words: str) -> bool:
        found = self._peek(*words)
        self._at += len(words) if found else 0
        return found

    def _take_symbol(self, symbol: str) -> bool:
        found = self._at < len(self._tokens) and self._tokens[self._at][:2] == ("symbol", symbol)
        self._at += found
        return found

    def _expect(self, word: str) -> None:
        if not self._take(word):
            raise self._unexpected(word)

    def _expect_symbol(self, symbol: str) -> None:
        if not self._take_symbol(symbol):
            raise self._unexpected(symbol)

    def _unexpected(self, wanted: str) -> UnitySyntaxError:
        if self._at >= len(self._tokens):
            found, where = "end of statement", len(self._text)
        else:
            _, found, where = self._tokens[self._at]
        line = self._text.count("\n", 0, where) + 1
        column = where - (self._text.rfind("\n", 0, where) + 1)
        return UnitySyntaxError(
            f"[PARSE_SYNTAX_ERROR] Syntax error at or near {found!r}: expected {wanted}. SQLSTATE: 42601 "
            f"(line {line}, pos {column})"
        )
