"""SQL expressions of widget queries as Vega expressions, with SQL's treatment of NULL.

Inside an expression NULL is NaN: arithmetic hands it on and comparisons with it are false. A condition is a pair of
Vega expressions, one for TRUE and one for FALSE; where neither holds it is NULL. Division by zero is NULL, as with
TRY_DIVIDE. An aggregate becomes Vega aggregates of a calculated argument, and an expression over their results.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from .datasets import BOOLEAN, DATE, NUMBER, TEXT, TIMESTAMP, milliseconds

ANY = "any"
LONGEST = 4_000
"""Characters of SQL, and ten times as many of the Vega expression, beyond which an expression is refused."""
_DAY_MS = 86_400_000


class UnsupportedExpression(ValueError):
    """A page cannot compute this expression; the message says which part, and why."""


@dataclass(frozen=True)
class Source:
    """Where a column's value stands in Vega's `datum`, and of which kind it is."""

    field: str
    kind: str


@dataclass(frozen=True)
class Aggregate:
    """Vega's `operation` over the expression `argument` (empty for a count of rows), stored as `alias`."""

    operation: str
    argument: str
    alias: str


@dataclass(frozen=True)
class Compiled:
    """`value` is a Vega expression over the row, or over `aggregates` of a group where there are any.

    `width` is that of a bin, for an expression that says into which bin a value falls; `unit` is that to which a time
    is truncated (DAY, ...).
    """

    kind: str
    value: str
    aggregates: tuple[Aggregate, ...] = ()
    width: float | None = None
    unit: str = ""


def compile(expression: str, columns: Mapping[str, Source], alias: str = "a") -> Compiled:  # noqa: A001
    """The expression over these columns; `alias` is what the names of its aggregates begin with.

    Raises UnsupportedExpression for anything that would not give what SQL gives.
    """
    compiler = _Compiler(expression, columns, alias)
    return compiler.compiled()


def condition(expression: str, columns: Mapping[str, Source]) -> str:
    """A Vega expression that is true for the rows for which this SQL condition holds."""
    compiler = _Compiler(expression, columns, "a")
    holds, _ = compiler.truth(compiler.tree)
    if compiler.aggregates:
        raise compiler.refusal("a filter of rows cannot aggregate")
    return holds


def check(expression: str, columns: Collection[str]) -> None:
    """Raises UnsupportedExpression where a page could not compute the expression over columns of these names."""
    compile(expression, {name: Source(f"c{at}", ANY) for at, name in enumerate(columns)})


class _Compiler:
    def __init__(self, expression: str, columns: Mapping[str, Source], alias: str):
        self.text = expression
        self.columns = {name.casefold(): source for name, source in columns.items()}
        self.alias = alias
        self.aggregates: list[Aggregate] = []
        self._inside = False
        self._bare: list[str] = []
        if len(expression) > LONGEST:
            raise UnsupportedExpression(f"{expression[:80]}...: longer than {LONGEST} characters")
        try:
            self.tree = sqlglot.parse_one(expression, dialect="databricks")
        except (SqlglotError, RecursionError) as error:
            raise UnsupportedExpression(f"{expression}: not an SQL expression: {str(error).splitlines()[0]}") from error

    def compiled(self) -> Compiled:
        try:
            kind, value = self.value(self.tree)
        except RecursionError as error:
            raise self.refusal("it is nested too deep") from error
        if self.aggregates and self._bare:
            raise self.refusal(f"column {self._bare[0]} stands beside an aggregate and in none")
        if len(value) > 10 * LONGEST:
            raise self.refusal("it is too long once it is written out")
        width = None
        if isinstance(self.tree, exp.Anonymous) and self.tree.name.upper() == "BIN_FLOOR":
            width = float(self.tree.expressions[1].name)
        unit = self.tree.args["unit"].name.upper() if isinstance(self.tree, exp.TimestampTrunc | exp.DateTrunc) else ""
        return Compiled(kind, f"(isValid({value}) ? {value} : null)", tuple(self.aggregates), width, unit)

    def refusal(self, reason: str) -> UnsupportedExpression:
        return UnsupportedExpression(f"{self.text}: {reason}")

    def value(self, node: exp.Expression) -> tuple[str, str]:
        """The kind of this part and its Vega expression, NaN for NULL."""
        if isinstance(node, exp.Paren):
            return self.value(node.this)
        if isinstance(node, exp.AggFunc):
            return self._aggregate(node)
        handler = _VALUES.get(type(node))
        if handler:
            return handler(self, node)
        if isinstance(node, exp.Anonymous) and node.name.upper() == "BIN_FLOOR":
            return self._bin(node)
        if isinstance(node, _CONDITIONS):
            holds, fails = self.truth(node)
            return BOOLEAN, f"({holds} ? true : {fails} ? false : NaN)"
        raise self.refusal(f"a page cannot compute {node.sql(dialect='databricks')[:80]} ({type(node).__name__})")

    def number(self, node: exp.Expression) -> str:
        kind, value = self.value(node)
        if kind not in (NUMBER, ANY):
            raise self.refusal(f"{node.sql(dialect='databricks')[:80]} is {kind}, and a number is needed")
        return value

    def truth(self, node: exp.Expression) -> tuple[str, str]:
        """Vega expressions for "it is TRUE" and for "it is FALSE"."""
        if isinstance(node, exp.Paren):
            return self.truth(node.this)
        if isinstance(node, exp.Not):
            holds, fails = self.truth(node.this)
            return fails, holds
        if isinstance(node, exp.And | exp.Or):
            (left, not_left), (right, not_right) = self.truth(node.this), self.truth(node.expression)
            both, either = ("&&", "||") if isinstance(node, exp.And) else ("||", "&&")
            return f"({left} {both} {right})", f"({not_left} {either} {not_right})"
        if isinstance(node, exp.Is) and isinstance(node.expression, exp.Null):
            _, value = self.value(node.this)
            return f"!isValid({value})", f"isValid({value})"
        if isinstance(node, exp.In) and node.expressions:
            tests = [self._compared("===", node.this, item) for item in node.expressions]
            return f"({' || '.join(t for t, _ in tests)})", f"({' && '.join(f for _, f in tests)})"
        if isinstance(node, exp.Between):
            return self.truth(exp.and_(exp.GTE(this=node.this, expression=node.args["low"]),
                                       exp.LTE(this=node.this, expression=node.args["high"])))  # fmt: skip
        if type(node) in _COMPARISONS:
            return self._compared(_COMPARISONS[type(node)], node.this, node.expression)
        kind, value = self.value(node) if not isinstance(node, _CONDITIONS) else ("", "")
        if kind in (BOOLEAN, ANY):
            return f"({value} === true)", f"({value} === false)"
        raise self.refusal(f"{node.sql(dialect='databricks')[:80]} is not a condition that a page can test")

    def _compared(self, sign: str, left: exp.Expression, right: exp.Expression) -> tuple[str, str]:
        (kind, a), (other, b) = self.value(left), self.value(right)
        moments = (DATE, TIMESTAMP)
        if kind in moments and isinstance(right, exp.Literal):
            b, other = self._moment(right.name), kind
        if other in moments and isinstance(left, exp.Literal):
            a, kind = self._moment(left.name), other
        same = kind == other or ANY in (kind, other) or (kind in moments and other in moments)
        if not same:
            raise self.refusal(f"{left.sql()[:40]} is {kind} and {right.sql()[:40]} is {other}")
        known = f"isValid({a}) && isValid({b})"
        return f"({known} && {a} {sign} {b})", f"({known} && !({a} {sign} {b}))"

    def _moment(self, text: str) -> str:
        try:
            return str(milliseconds(text))
        except ValueError as error:
            raise self.refusal(f"'{text}' is not a date or a time") from error

    def _column(self, node: exp.Column) -> tuple[str, str]:
        if node.table:
            raise self.refusal(f"column {node.sql()} is qualified; a widget knows one dataset")
        source = self.columns.get(node.name.casefold())
        if source is None:
            known = ", ".join(sorted(self.columns)) or "none"
            raise self.refusal(f"there is no column {node.name} (columns: {known[:300]})")
        if not self._inside:
            self._bare.append(node.name)
        field = f"datum[{json.dumps(source.field)}]"
        return source.kind, f"(isValid({field}) ? {field} : NaN)"

    def _literal(self, node: exp.Literal) -> tuple[str, str]:
        return (TEXT, json.dumps(node.name)) if node.is_string else (NUMBER, repr(float(node.name)))

    def _cast(self, node: exp.Cast) -> tuple[str, str]:
        kind = {"DATE": DATE, "TIMESTAMP": TIMESTAMP, "TIMESTAMPNTZ": TIMESTAMP}.get(node.to.sql().upper())
        if kind is None or not isinstance(node.this, exp.Literal):
            raise self.refusal("only a literal can be cast, to DATE or TIMESTAMP; cast in the dataset's SQL")
        return kind, self._moment(node.this.name)

    def _arithmetic(self, node: exp.Binary) -> tuple[str, str]:
        left, right = self.number(node.this), self.number(node.expression)
        if isinstance(node, exp.Div | exp.SafeDivide):
            return NUMBER, f"({left} / ({right} || NaN))"
        return NUMBER, f"({left} {_ARITHMETIC[type(node)]} {right})"

    def _nullif(self, node: exp.Nullif) -> tuple[str, str]:
        kind, value = self.value(node.this)
        equal, _ = self._compared("===", node.this, node.expression)
        return kind, f"({equal} ? NaN : {value})"

    def _coalesce(self, node: exp.Coalesce) -> tuple[str, str]:
        parts = [self.value(part) for part in (node.this, *node.expressions)]
        value = parts[-1][1]
        for _, part in reversed(parts[:-1]):
            value = f"(isValid({part}) ? {part} : {value})"
        return self._common(kind for kind, _ in parts), value

    def _case(self, node: exp.Case) -> tuple[str, str]:
        default = node.args.get("default")
        kinds, value = [], "NaN"
        if default is not None:
            kind, value = self.value(default)
            kinds.append(kind)
        for branch in reversed(node.args["ifs"]):
            test = branch.this if node.this is None else exp.EQ(this=node.this, expression=branch.this)
            kind, then = self.value(branch.args["true"])
            kinds.append(kind)
            value = f"({self.truth(test)[0]} ? {then} : {value})"
        return self._common(kinds), value

    def _if(self, node: exp.If) -> tuple[str, str]:
        return self._case(
            exp.Case(ifs=[exp.If(this=node.this, true=node.args["true"])], default=node.args.get("false"))
        )

    def _common(self, kinds) -> str:
        known = {kind for kind in kinds if kind != ANY}
        if len(known) > 1:
            raise self.refusal(f"its branches are of different kinds: {', '.join(sorted(known))}")
        return known.pop() if known else ANY

    def _round(self, node: exp.Round) -> tuple[str, str]:
        value, decimals = self.number(node.this), node.args.get("decimals")
        places = "0" if decimals is None else decimals.name if isinstance(decimals, exp.Literal) else ""
        if not places.isdigit() or len(places) > 2:
            raise self.refusal("ROUND needs a number of decimals from 0 to 99, written as a number")
        # Half away from zero, as SQL does; Vega's round() takes half upwards.
        return NUMBER, f"(({value} < 0 ? -1 : 1) * round(abs({value}) * 1e{places}) / 1e{places})"

    def _truncated(self, node: exp.Expression) -> tuple[str, str]:
        kind, value = self.value(node.this)
        if kind not in (DATE, TIMESTAMP, ANY):
            raise self.refusal(f"DATE_TRUNC needs a date or a time, and {node.this.sql()[:40]} is {kind}")
        unit = node.args["unit"].name.upper()
        if unit not in _TRUNCATED:
            raise self.refusal(f"DATE_TRUNC to {unit}; a page knows {', '.join(_TRUNCATED)}")
        result = TIMESTAMP if unit in ("HOUR", "MINUTE") else DATE
        return result, f"(isValid({value}) ? {_TRUNCATED[unit](value)} : NaN)"

    def _bin(self, node: exp.Anonymous) -> tuple[str, str]:
        arguments = node.expressions
        if len(arguments) != 2 or not isinstance(arguments[1], exp.Literal) or arguments[1].is_string:
            raise self.refusal("BIN_FLOOR takes a number and the width of a bin")
        width = float(arguments[1].name)
        if not width > 0:
            raise self.refusal("the width of a bin is more than zero")
        return NUMBER, f"(floor({self.number(arguments[0])} / {width!r}) * {width!r})"

    def _aggregate(self, node: exp.AggFunc) -> tuple[str, str]:
        if self._inside:
            raise self.refusal("an aggregate stands within another")
        if type(node) not in (exp.Sum, exp.Avg, exp.Min, exp.Max, exp.Count):
            raise self.refusal(
                f"a page cannot compute {node.sql(dialect='databricks')[:80]}; do it in the dataset's SQL"
            )
        inner, distinct = node.this, isinstance(node.this, exp.Distinct)
        if distinct:
            inner = inner.expressions[0] if len(inner.expressions) == 1 else None
        if inner is None or node.expressions or (distinct and not isinstance(node, exp.Count | exp.Min | exp.Max)):
            raise self.refusal(f"{node.sql(dialect='databricks')[:80]}: one plain argument is needed")
        if isinstance(node, exp.Count) and (isinstance(inner, exp.Star) or inner.name == "*"):
            return NUMBER, f"({self._alias('count', '')} || 0)"
        self._inside = True
        kind, value = self.value(inner)
        self._inside = False
        if isinstance(node, exp.Count):
            return NUMBER, self._distinct(
                value
            ) if distinct else f"({self._alias('sum', f'isValid({value}) ? 1 : 0')} || 0)"
        argument = f"isValid({value}) ? {value} : null"
        if isinstance(node, exp.Sum | exp.Avg):
            if kind not in (NUMBER, ANY):
                raise self.refusal(f"{inner.sql()[:80]} is {kind}, and a number is needed")
            result = self._alias("sum" if isinstance(node, exp.Sum) else "mean", argument)
            return NUMBER, f"(isValid({result}) ? {result} : NaN)"
        return self._extreme("min" if isinstance(node, exp.Min) else "max", kind, value, argument)

    def _extreme(self, operation: str, kind: str, value: str, argument: str) -> tuple[str, str]:
        if kind == BOOLEAN:
            raise self.refusal("MIN and MAX of truth values")
        if kind != TEXT:
            result = self._alias(operation, argument)
            return kind, f"(isValid({result}) ? {result} : NaN)"
        # Vega's aggregates leave out empty texts, which SQL does not.
        result = self._alias(operation, f"isValid({value}) ? 'v' + {value} : null")
        return kind, f"(isValid({result}) ? substring({result}, 1) : NaN)"

    def _distinct(self, value: str) -> str:
        """Vega counts NULL as one of the values, and `null` as the text null."""
        values = self._alias("distinct", f"isValid({value}) ? 'v' + {value} : null")
        missing = self._alias("max", f"isValid({value}) ? 0 : 1")
        return f"(({values} || 0) - ({missing} || 0))"

    def _alias(self, operation: str, argument: str) -> str:
        alias = f"{self.alias}{len(self.aggregates)}"
        self.aggregates.append(Aggregate(operation, argument, alias))
        return f"datum.{alias}"


_ARITHMETIC = {exp.Add: "+", exp.Sub: "-", exp.Mul: "*"}
_COMPARISONS = {exp.EQ: "===", exp.NEQ: "!==", exp.GT: ">", exp.GTE: ">=", exp.LT: "<", exp.LTE: "<="}
_CONDITIONS = (exp.Not, exp.And, exp.Or, exp.Is, exp.In, exp.Between, *_COMPARISONS)
_TRUNCATED: dict[str, Callable[[str], str]] = {
    "MINUTE": lambda value: f"(floor({value} / 60000) * 60000)",
    "HOUR": lambda value: f"(floor({value} / 3600000) * 3600000)",
    "DAY": lambda value: f"(floor({value} / {_DAY_MS}) * {_DAY_MS})",
    # Weeks begin on Monday, and 1970 began on a Thursday.
    "WEEK": lambda value: f"((floor(({value} / {_DAY_MS} + 3) / 7) * 7 - 3) * {_DAY_MS})",
    "MONTH": lambda value: f"(+utc(utcyear({value}), utcmonth({value}), 1))",
    "QUARTER": lambda value: f"(+utc(utcyear({value}), floor(utcmonth({value}) / 3) * 3, 1))",
    "YEAR": lambda value: f"(+utc(utcyear({value}), 0, 1))",
}
_VALUES: dict[type, Callable[[_Compiler, exp.Expression], tuple[str, str]]] = {
    exp.Column: _Compiler._column,
    exp.Literal: _Compiler._literal,
    exp.Boolean: lambda _, node: (BOOLEAN, "true" if node.this else "false"),
    exp.Null: lambda *_: (ANY, "NaN"),
    exp.Neg: lambda compiler, node: (NUMBER, f"(-{compiler.number(node.this)})"),
    exp.Cast: _Compiler._cast,
    exp.Add: _Compiler._arithmetic,
    exp.Sub: _Compiler._arithmetic,
    exp.Mul: _Compiler._arithmetic,
    exp.Div: _Compiler._arithmetic,
    exp.SafeDivide: _Compiler._arithmetic,
    exp.Nullif: _Compiler._nullif,
    exp.Coalesce: _Compiler._coalesce,
    exp.Case: _Compiler._case,
    exp.If: _Compiler._if,
    exp.Round: _Compiler._round,
    exp.TimestampTrunc: _Compiler._truncated,
    exp.DateTrunc: _Compiler._truncated,
}
