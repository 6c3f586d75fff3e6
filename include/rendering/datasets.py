"""Executed datasets of a dashboard, and their rows as the numbers, texts and times that a page computes with."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

NUMBER, TEXT, BOOLEAN, DATE, TIMESTAMP = "number", "text", "boolean", "date", "timestamp"
_NUMERIC = ("TINYINT", "SMALLINT", "INT", "BIGINT", "LONG", "FLOAT", "REAL", "DOUBLE", "DECIMAL", "NUMERIC")


@dataclass(frozen=True)
class Dataset:
    """One dataset as it was executed.

    `columns` are (name, SQL type as the statement API words it); `rows` are the API's JSON_ARRAY rows. `error` is what
    the engine said when the query failed, `truncated` that there were more rows than these.
    """

    sql: str
    columns: tuple[tuple[str, str], ...]
    rows: list[list[str | None]]
    seconds: float
    error: str = ""
    truncated: bool = False

    @property
    def kinds(self) -> dict[str, str]:
        """How a page treats each column, by its name."""
        return {name: kind(sql_type) for name, sql_type in self.columns}

    def data(self) -> list[list]:
        """The rows by column: numbers, booleans, texts, and times as milliseconds since 1970 (UTC)."""
        readers = [_READERS[kind(sql_type)] for _, sql_type in self.columns]
        return [[None if row[at] is None else read(row[at]) for row in self.rows] for at, read in enumerate(readers)]


def kind(sql_type: str) -> str:
    """NUMBER, TEXT, BOOLEAN, DATE or TIMESTAMP; whatever else SQL has is shown as the text that came."""
    name = sql_type.upper().split("(")[0].strip()
    if name in _NUMERIC:
        return NUMBER
    if name.startswith("TIMESTAMP"):
        return TIMESTAMP
    return {"DATE": DATE, "BOOLEAN": BOOLEAN}.get(name, TEXT)


def milliseconds(text: str) -> int:
    """An ISO date or time as milliseconds since 1970; a time without a zone is in UTC."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return round(moment.timestamp() * 1000)


def _number(text: str) -> float | int | None:
    value = float(text)
    # NaN and the infinities have no place in JSON, nor in a chart.
    if value != value or value in (float("inf"), float("-inf")):
        return None
    return int(value) if value.is_integer() and abs(value) < 2**53 else value


_READERS = {
    NUMBER: _number,
    TEXT: str,
    BOOLEAN: lambda text: str(text).lower() == "true",
    DATE: milliseconds,
    TIMESTAMP: milliseconds,
}
