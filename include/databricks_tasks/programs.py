"""The SQL programs of the DAG: functions that SqlProgramOperator runs, each safe to repeat.

The modules that read SQL files are imported when a program runs: sqlglot would double the time to parse the DAG.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from typing import TYPE_CHECKING

from airflow.providers.common.compat.sdk import AirflowException

from include.databricks_tasks.connection import client
from include.databricks_tasks.context import business_date, run_settings, say
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


def verify(execute: Callable, context: Context) -> dict:
    """Checks the dates that this run touched. Fails naming every check that does not hold; returns the report."""
    from include.payments import verification

    day = business_date(context)
    touched = context["ti"].xcom_pull(task_ids="step_3_initialize_ingestion.gold_tables") or []
    checks = verification.checks(execute, touched, day)
    unread = verification.unread_files(execute)
    report = {
        "business_date": day,
        "checks": [{"check": check.name, "wrong": check.wrong, "detail": check.detail} for check in checks],
        "kpis": verification.kpis(execute, day),
        "unread_files": unread,
    }
    _log.info("report: %s", json.dumps(report))
    wrong = [f"{check.name}: {check.wrong} wrong ({check.detail})" for check in checks if check.wrong]
    if wrong:
        raise AirflowException("verify found what should not be:\n  " + "\n  ".join(wrong))
    if unread:
        say(f"{len(unread)} files of the last week could not be read or hold no record: {', '.join(unread[:5])}")
    say(f"{len(checks)} checks hold for {max(1, len(touched))} dates")
    return report
