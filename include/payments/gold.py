"""The gold tables and views: made from `sql/gold`, and refreshed for the dates that changed since the last refresh.

A refresh asks silver which dates hold rows newer than the watermark in `object_log`, replaces these dates in each
table, and moves the watermark last: a crash in between leaves dates that are right or are done again.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from .dates import parse_date
from .sql_files import SQL_FOLDER, Statement, downstream, read_folder
from .sql_objects import (
    Execute,
    Logged,
    Task,
    Value,
    add_to_log,
    in_levels,
    out_of_date,
    present,
    read_log,
    run,
    side_by_side,
)

TABLES = SQL_FOLDER / "gold" / "tables"
VIEWS = SQL_FOLDER / "gold" / "views"

RETRIES = "gold_retries_daily"
"""The one table whose figures depend on other days: a retry is counted under the reason of the attempt before."""

_NEVER = "1970-01-01 00:00:00"
_CHANGED_DATES = """
SELECT
  CAST(event_date AS STRING) AS event_date,
  CAST(max(_processed_at) AS STRING) AS processed_through
FROM payments_enriched_silver
WHERE _processed_at > CAST(:since AS TIMESTAMP)
GROUP BY event_date
"""
_RETRIED_DATES = """
SELECT DISTINCT CAST(retries.event_date AS STRING) AS event_date
FROM payments_enriched_silver AS retries
INNER JOIN payments_enriched_silver AS attempts
  ON retries.retry_of_transaction_id = attempts.transaction_id
  AND retries.event_date >= attempts.event_date
WHERE retries._processed_at <= CAST(:since AS TIMESTAMP)
  AND retries.event_date >= :first_date
  AND attempts._processed_at > CAST(:since AS TIMESTAMP)
  AND attempts.event_date >= :first_date
  AND NOT attempts.is_approved
"""


@dataclass(frozen=True)
class Changes:
    """Dates (ISO) with new rows in silver, dates whose retries repeat such rows, and the newest `_processed_at`."""

    dates: frozenset[str]
    retry_dates: frozenset[str]
    processed_through: str | None

    def of(self, table: str) -> frozenset[str]:
        """The dates that one table has to replace."""
        return self.dates | self.retry_dates if table == RETRIES else self.dates


@dataclass
class Refreshed:
    """What a refresh did: dates by table (tables without a changed date are absent), and the objects it made."""

    dates: dict[str, list[str]] = field(default_factory=dict)
    made: list[str] = field(default_factory=list)


def tables() -> list[Task]:
    """The daily tables."""
    return [Task(file, {}) for file in read_folder(TABLES)]


def views() -> list[Task]:
    """The views, each after those that it reads."""
    return [Task(file, {}) for file in read_folder(VIEWS)]


def dependencies() -> list[dict]:
    """Rows of `object_dependencies`: each gold object with the tables that it is made from."""
    files = [task.file for task in (*tables(), *views())]
    sources = set().union(*(file.reads for file in files))
    return [
        {"object_name": name, "made_from": source}
        for source in sorted(sources)
        for name in sorted(downstream(files, source))
    ]


def changed_dates(execute: Execute, since: str | None) -> Changes:
    """What changed in silver after `since` (a timestamp as text; None = ever)."""
    rows = execute(_CHANGED_DATES, {"since": since or _NEVER})
    days = {parse_date(day).isoformat(): through for day, through in rows}
    retried = _retried_dates(execute, since, min(days)) if since and days else set()
    return Changes(frozenset(days), frozenset(retried - days.keys()), max(days.values(), default=since))


def _retried_dates(execute: Execute, since: str, first: str) -> set[str]:
    """Dates of rows known at `since` that retry declined attempts which came after it; `first` is their first date."""
    rows = execute(_RETRIED_DATES, {"since": since, "first_date": parse_date(first)})
    return {parse_date(day).isoformat() for (day,) in rows}


def waiting(execute: Execute) -> frozenset[str]:
    """Dates (ISO) of which silver has rows that came after a daily table was refreshed."""
    log = read_log(execute, present(execute))
    marks = {log[task.file.name].processed_through for task in tables() if task.file.name in log}
    found = [changed_dates(execute, mark) for mark in marks]
    return frozenset().union(*(changes.dates | changes.retry_dates for changes in found))


def for_dates(statement: Statement, dates: Iterable[str]) -> tuple[Statement, dict[str, Value]]:
    """A table's statement for these dates (ISO), with the values of its parameters.

    The list `:dates` becomes literals: Delta takes no function of a parameter in REPLACE WHERE ("cannot translate
    expression to source filter", seen 2026-11-23 in 4.4), and a parameter is one value. Only dates get that far.
    """
    days = sorted(parse_date(day) for day in dates)
    if not days:
        raise ValueError("no dates to refresh")
    literals = ", ".join(f"DATE'{day.isoformat()}'" for day in days)
    bound = replace(
        statement, sql=statement.sql.replace(":dates", literals), parameters=statement.parameters - {"dates"}
    )
    return bound, {"first_date": days[0], "last_date": days[-1]}


def refresh(execute: Execute) -> Refreshed:
    """Make the tables that are missing or out of date, and bring every table up to what silver holds now.

    A table whose definition changed is dropped and built again from all of silver. Running again without new rows in
    silver changes nothing.
    """
    done = Refreshed()
    existing = present(execute)
    log = read_log(execute, existing)
    every = tables()
    due = out_of_date(every, log, existing)

    def make(task: Task) -> None:
        if task.file.name in existing:
            execute(f"DROP TABLE {task.file.name}", {})
        for statement in task.file.definition:
            run(execute, statement, {})

    side_by_side(make, due)
    done.made = [task.file.name for task in due]
    for since, group in _by_watermark(every, log, done.made).items():
        changes = changed_dates(execute, since)

        def rebuild(task: Task, changes: Changes = changes) -> None:
            dates = sorted(changes.of(task.file.name))
            if dates:
                for statement in task.file.loading:
                    run(execute, *for_dates(statement, dates))
                done.dates[task.file.name] = dates

        side_by_side(rebuild, group)
        if changes.dates or since is None:
            made = [Logged(task.file.name, task.digest, changes.processed_through) for task in group]
            add_to_log(execute, made)
    return done


def make_views(execute: Execute) -> list[str]:
    """Make the views that are missing or out of date; gives their names."""
    existing = present(execute)
    due = out_of_date(views(), read_log(execute, existing), existing)

    def make(task: Task) -> None:
        if task.file.is_metric_view and task.file.name in existing:
            # CREATE OR REPLACE of a metric view that exists fails on Spark 4.2 (seen 2026-11-23).
            execute(f"DROP VIEW {task.file.name}", {})
        for statement in task.file.statements:
            run(execute, statement, {})

    for level in in_levels(due):
        side_by_side(make, level)
    add_to_log(execute, [Logged(task.file.name, task.digest) for task in due])
    return [task.file.name for task in due]


def _by_watermark(
    every: Iterable[Task], log: Mapping[str, Logged], made: Iterable[str]
) -> dict[str | None, list[Task]]:
    groups: dict[str | None, list[Task]] = defaultdict(list)
    for task in every:
        name = task.file.name
        groups[None if name in made else log[name].processed_through].append(task)
    return groups
