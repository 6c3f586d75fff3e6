"""Does the platform account for every event and every figure? Checks that can be run again, and the day's KPIs.

A check asks the warehouse for what is wrong; nothing wrong is 0. Dates are those that a run touched, so a night costs
the same however long the history is.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import sqlglot
from sqlglot import exp

from . import gold, names
from .dates import parse_date
from .sql_files import SqlFile
from .sql_objects import Execute, side_by_side

_ON_DATES = (
    "event_date BETWEEN :first_date AND :last_date AND array_contains(split(:dates, ','), CAST(event_date AS STRING))"
)


@dataclass(frozen=True)
class Check:
    """`wrong` counts what contradicts the claim in `name`; `detail` says what was counted."""

    name: str
    wrong: int
    detail: str


def checks(execute: Execute, dates: Iterable[str], business_date: str, waiting: Collection[str] = ()) -> list[Check]:
    """All checks for these dates (ISO), and for the whole of quarantine and of the list of objects.

    Dates that are `waiting` have rows in silver that another run is about to bring to gold: gold is not compared there.
    """
    days = sorted({*dates, business_date})
    settled = [day for day in days if day not in waiting]
    values = _values(days)
    looks: list[Callable[[], list[Check]]] = [
        lambda: _events(execute, values),
        lambda: [_quarantine(execute)],
        *(partial(_gold_table, execute, settled, task.file) for task in gold.tables() if settled),
        lambda: [_fresh(execute, business_date)],
        lambda: [_objects(execute)],
    ]
    return [check for found in side_by_side(lambda look: look(), looks) for check in found]


def landed(execute: Execute, manifest: Mapping[str, Any]) -> Check:
    """Bronze holds the records that the manifest of a day promises: events, repeats, malformed and late ones."""
    day, dates = manifest["business_date"], manifest["events_by_date"]
    [row] = execute(
        f"""
        SELECT
          count(DISTINCT transaction_id) FILTER (WHERE _problem IS NULL),
          count_if(_problem IS NULL) - count(DISTINCT transaction_id) FILTER (WHERE _problem IS NULL),
          count_if(_problem IS NOT NULL),
          count(DISTINCT transaction_id) FILTER (WHERE _problem IS NULL AND event_date < CAST(:day AS DATE))
        FROM {names.BRONZE_TABLE}
        WHERE (event_date BETWEEN :first_date AND :last_date OR event_date IS NULL)
          AND contains(_source_file, :folder)
        """,  # noqa: S608
        {
            "day": day,
            "first_date": parse_date(min(dates)),
            "last_date": parse_date(max(dates)),
            "folder": f"/{names.DAILY}/{day}/",
        },
    )
    there = dict(zip(("events", "repeats", "malformed", "late"), map(int, row), strict=True))
    promised = {
        "events": manifest["events"],
        "repeats": manifest["duplicates"],
        "malformed": manifest["malformed"],
        "late": sum(count for date, count in dates.items() if date < day),
    }
    wrong = sum(abs(there[kind] - promised[kind]) for kind in promised)
    detail = ", ".join(f"{there[kind]} of {promised[kind]} {kind}" for kind in promised)
    return Check(f"bronze holds what was landed for {day}", wrong, detail)


def kpis(execute: Execute, business_date: str) -> dict[str, str]:
    """The figures of the day that people ask for first, as text with their units."""
    [row] = execute(
        f"""
        SELECT
          count(*) AS payments,
          round(100 * count_if(is_approved) / nullif(count(*), 0), 2) AS approval_rate_pct,
          round(100 * count_if(is_approved AND geo_country = 'BR') / nullif(count_if(geo_country = 'BR'), 0), 2) AS br,
          round(sum(amount_usd), 2) AS value_usd,
          round(sum(amount_usd) FILTER (WHERE NOT is_approved), 2) AS declined_usd,
          round(avg(fraud_score), 4) AS fraud,
          mode(decline_reason_standard) AS top_reason
        FROM {names.SILVER_TABLE}
        WHERE event_date = CAST(:day AS DATE)
        """,  # noqa: S608 - a constant of ours
        {"day": business_date},
    )
    labels = ("payments", "approval rate, %", "approval rate in Brazil, %", "value, USD", "declined value, USD",
              "average fraud score", "most frequent decline reason")  # fmt: skip
    return {label: value if value is not None else "none" for label, value in zip(labels, row, strict=True)}


def unread_files(execute: Execute) -> list[str]:
    """Event files of the last week of which bronze holds no record: they could not be read, or hold none."""
    rows = execute(
        f"""
        SELECT files.path
        FROM {names.FILES_TABLE} AS files
        LEFT ANTI JOIN {names.BRONZE_TABLE} AS bronze
          ON bronze._source_file = files.path AND bronze._ingested_at > current_timestamp() - INTERVAL 8 DAYS
        WHERE files.listed_at > current_timestamp() - INTERVAL 7 DAYS
        ORDER BY path
        """,  # noqa: S608
        {},
    )
    return [row[0] for row in rows]


def _values(days: list[str]) -> dict[str, Any]:
    """Values of the parameters of `_ON_DATES`."""
    return {"first_date": parse_date(days[0]), "last_date": parse_date(days[-1]), "dates": ",".join(days)}


def _events(execute: Execute, values: dict) -> list[Check]:
    """Every usable record of bronze is in silver once, and silver holds nothing else."""
    [row] = execute(
        f"""
        WITH arrived AS (
          SELECT transaction_id, count(*) AS arrivals
          FROM {names.BRONZE_TABLE}
          WHERE _problem IS NULL AND {_ON_DATES}
          GROUP BY transaction_id
        ),

        loaded AS (
          SELECT transaction_id, count(*) AS copies
          FROM {names.SILVER_TABLE}
          WHERE {_ON_DATES}
          GROUP BY transaction_id
        )

        SELECT
          coalesce(sum(arrived.arrivals), 0),
          count_if(loaded.transaction_id IS NULL),
          count_if(arrived.transaction_id IS NULL),
          coalesce(sum(loaded.copies) - count(loaded.transaction_id), 0),
          coalesce(sum(arrived.arrivals) - count(arrived.transaction_id), 0)
        FROM arrived
        FULL OUTER JOIN loaded ON arrived.transaction_id = loaded.transaction_id
        """,  # noqa: S608
        values,
    )
    arrivals, missing, invented, copies, duplicates = (int(value) for value in row)
    detail = f"{arrivals} records arrived, {duplicates} of them repeats"
    return [
        Check("every usable record of bronze is in silver", missing, detail),
        Check("silver holds only records of bronze", invented, detail),
        Check("silver holds each event once", copies, detail),
    ]


def _quarantine(execute: Execute) -> Check:
    [row] = execute(
        f"""
        SELECT
          (SELECT count(*) FROM {names.BRONZE_TABLE} WHERE _problem IS NOT NULL),
          (SELECT count(*) FROM {names.QUARANTINE_TABLE})
        """,  # noqa: S608
        {},
    )
    refused, kept = (int(value) for value in row)
    return Check("every unusable record is in quarantine", abs(refused - kept), f"{refused} refused, {kept} kept")


def _gold_table(execute: Execute, days: list[str], file: SqlFile) -> list[Check]:
    """The table's rows for these dates are what its own definition makes of silver now; sketches are left out."""
    values = _values(days)
    loading, _ = gold.for_dates(*file.loading, days)
    select = sqlglot.parse_one(loading.sql, dialect="databricks").expression.sql("databricks")
    kept = ", ".join(comparable_columns(file))
    [row] = execute(
        f"""
        WITH both_sides AS (
          SELECT {kept}, 1 AS side FROM ({select})
          UNION ALL
          SELECT {kept}, -1 AS side FROM {file.name} WHERE {_ON_DATES}
        ),

        compared AS (
          SELECT count(*) AS rows_seen, sum(side) AS balance
          FROM both_sides
          GROUP BY {kept}
        )

        SELECT
          count_if(balance <> 0),
          sum(rows_seen)
        FROM compared
        """,  # noqa: S608
        values,
    )
    wrong, rows = int(row[0]), int(row[1] or 0)
    return [Check(f"{file.name} agrees with silver", wrong, f"{rows} rows compared")]


def comparable_columns(file: SqlFile) -> list[str]:
    """The columns of a table that can be compared: all but sketches, whose bytes depend on the order of the rows."""
    [create] = (sqlglot.parse_one(statement.sql, dialect="databricks") for statement in file.definition)
    return [column.name for column in create.find_all(exp.ColumnDef) if not column.kind.is_type("binary")]


def _fresh(execute: Execute, business_date: str) -> Check:
    [row] = execute(
        f"SELECT count(*) FROM {names.SILVER_TABLE} WHERE event_date = CAST(:day AS DATE)",  # noqa: S608
        {"day": business_date},
    )
    return Check(f"silver holds payments of {business_date}", int(row[0] == "0"), f"{row[0]} payments")


def _objects(execute: Execute) -> Check:
    there = {row[1] for row in execute("SHOW TABLES", {})}
    lacking = sorted({task.file.name for task in (*gold.tables(), *gold.views())} - there)
    return Check("every gold table and view is there", len(lacking), ", ".join(lacking) or "none is missing")
