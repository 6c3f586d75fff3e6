"""The SQL programs of the DAG: functions that SqlProgramOperator runs, each safe to repeat.

The modules that read SQL files are imported when a program runs: sqlglot would double the time to parse the DAG.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from typing import TYPE_CHECKING

from airflow.providers.common.compat.sdk import AirflowException, AirflowSkipException

from include.databricks_tasks import dashboards, genie
from include.databricks_tasks.connection import client
from include.databricks_tasks.context import business_date, run_settings, say
from include.databricks_tasks.silver_sensor import landed_manifest
from include.payments import names

if TYPE_CHECKING:
    from airflow.sdk import Context

_log = logging.getLogger("payment_analysis")


def repositories(execute: Callable, context: Context) -> None:
    """Catalog, schema, volumes and landing folders; their names were checked with the settings."""
    known = run_settings(context)
    schema = f"{known.catalog}.{known.schema}"
    execute(f"CREATE CATALOG IF NOT EXISTS {known.catalog}")
    execute(f"CREATE SCHEMA IF NOT EXISTS {schema} COMMENT '{names.SCHEMA_COMMENT}'")
    for volume in names.VOLUMES:
        execute(f"CREATE VOLUME IF NOT EXISTS {schema}.{volume}")
    files = client().files
    for folder in names.LANDING_FOLDERS:
        files.create_directory(f"{known.volume(names.RAW_DATA)}/{folder}")
    say(f"{schema} with the volumes {', '.join(names.VOLUMES)}")


def bootstrap_tables(execute: Callable, context: Context) -> list[str]:
    from include.payments import bootstrap

    known = run_settings(context)
    made = bootstrap.bootstrap(execute, known.catalog, known.schema)
    say(f"{len(made)} bootstrap objects made or brought up to date")
    return made


def gold_tables(execute: Callable, context: Context) -> list[str]:
    """Replaces in every gold table the dates that changed in silver; returns these dates."""
    from include.payments import gold

    done = gold.refresh(execute)
    days = sorted({day for dates in done.dates.values() for day in dates})
    say(f"gold rebuilt for {len(days)} dates, {days[0]} to {days[-1]}" if days else "gold: nothing changed in silver")
    return days


def gold_views(execute: Callable, context: Context) -> list[str]:
    from include.payments import gold

    made = gold.make_views(execute)
    say(f"{len(made)} gold views made or brought up to date")
    return made


def newest_day(execute: Callable, context: Context) -> dict[str, str | None]:
    """The newest day of all payments, and the time of the newest one as `as_of`.

    Skips the task, and so what comes after it, for a run of an older day: what all days share is the newest day's.
    """
    day = business_date(context)
    [[newest, as_of]] = execute("SELECT max(event_date), max(last_event_time) FROM gold_activity_hourly")
    if newest is None:
        raise AirflowException("gold_activity_hourly has no rows: there is nothing to show. Run step 3 with events.")
    if day < newest:
        say(f"skipped: this run is for {day}, and there are payments of {newest}; the run of that day does this")
        raise AirflowSkipException(f"{day} is older than {newest}")
    return {"day": newest, "as_of": as_of}


def verify(execute: Callable, context: Context) -> dict:
    """Checks the dates that this run touched. Fails naming every check that does not hold; returns the report."""
    from include.payments import gold, verification

    day, known = business_date(context), run_settings(context)
    touched = context["ti"].xcom_pull(task_ids="step_3_initialize_ingestion.gold_tables")
    # What came after this run's own refresh is another run's, which is on its way to refresh gold.
    waiting = gold.waiting(execute) if touched is not None else frozenset()
    touched = touched or []
    checks = verification.checks(execute, touched, day, waiting)
    manifest = landed_manifest(client(), known.catalog, known.schema, day)
    if manifest:
        checks.append(verification.landed(execute, manifest))
    unread = verification.unread_files(execute)
    boards, space = _deployed(context, dashboards.TASK), _deployed(context, genie.TASK)
    absent = [*dashboards.absent(client(), boards), *genie.absent(client(), space)]
    report = {
        "business_date": day,
        "checks": [{"check": check.name, "wrong": check.wrong, "detail": check.detail} for check in checks],
        "kpis": verification.kpis(execute, day),
        "unread_files": unread,
        "exports": [board["export"] for board in boards],
    }
    _log.info("report: %s", json.dumps(report))
    wrong = [f"{check.name}: {check.wrong} wrong ({check.detail})" for check in checks if check.wrong] + absent
    if wrong:
        raise AirflowException("verify found what should not be:\n  " + "\n  ".join(wrong))
    if unread:
        say(f"{len(unread)} files of the last week could not be read or hold no record: {', '.join(unread[:5])}")
    if waiting:
        say(f"{len(waiting)} dates wait for another run to bring their newest payments to gold")
    say(f"{len(checks)} checks hold for {max(1, len(touched))} dates; {len(boards)} dashboards are published")
    return report


def _deployed(context: Context, task_id: str) -> list[dict]:
    """What a task of this run returned, once for each of its instances; empty if it did not run."""
    found = context["ti"].xcom_pull(task_ids=task_id)
    return [each for each in (found if isinstance(found, list) else [found]) if each]
