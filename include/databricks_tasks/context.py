"""What every task of a run shares: its settings, its business date, and the way to say how far it is."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from include.settings import Settings, from_dict

if TYPE_CHECKING:
    from airflow.sdk import Context

SETTINGS_TASK = "prepare.settings"
_log = logging.getLogger("payment_analysis")


def run_settings(context: Context) -> Settings:
    """The settings that the run resolved at its start."""
    return from_dict(context["ti"].xcom_pull(task_ids=SETTINGS_TASK))


def business_date(context: Context) -> str:
    """The run's business date, ISO."""
    return context["ti"].xcom_pull(task_ids=SETTINGS_TASK)["business_date"]


def say(line: str) -> None:
    """A line of progress in the task's log; `make run` shows these."""
    _log.info("progress: %s", line)
