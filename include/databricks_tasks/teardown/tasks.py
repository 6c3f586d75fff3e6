"""The tasks of the teardown that are plain functions: they look, ask for the second yes, remove, and look again."""

from __future__ import annotations

from typing import Any

from airflow.providers.common.compat.sdk import AirflowException, AirflowFailException
from airflow.sdk import get_current_context, task

from include.databricks_tasks import preflight
from include.databricks_tasks.connection import client
from include.databricks_tasks.context import run_settings, say
from include.databricks_tasks.teardown.part import Part
from include.settings import SHARED_POOL


@task(task_id="plan", multiple_outputs=False)
def plan() -> dict[str, Any]:
    """What would be removed and what stays, in the log and as XCom."""
    found = _look()
    for line in found.lines():
        say(line)
    return {"removes": dict(found.removes), "stays": found.stays}


@task.short_circuit(task_id="confirmed")
def confirmed(plan: dict[str, Any]) -> bool:
    """The second yes. Without it the run ends here; with a wrong one it fails."""
    context = get_current_context()
    known, given = run_settings(context), context["params"]["confirm"]
    name = f"{known.catalog}.{known.schema}"
    if given and given != name:
        raise AirflowFailException(f"confirm={given!r} is not {name!r}, so nothing was removed.")
    if not any(plan["removes"].values()):
        say("there is nothing to remove")
        return False
    if not given:
        say(f"nothing was removed. To remove what is listed above, trigger this again with confirm={name}")
    return bool(given)


@task(task_id="stream_runs")
def stream_runs(plan: dict[str, Any]) -> None:
    """What writes to the schema as a job of its own."""
    from include.databricks_tasks.teardown import stream_runs as runs

    runs.stop(client(), plan["removes"])


@task(task_id="schema_objects", pool=SHARED_POOL)
def schema_objects(plan: dict[str, Any]) -> None:
    """Views, tables, volumes, and the schema if that leaves it empty."""
    from include.databricks_tasks.teardown import schema

    schema.remove(client(), plan["removes"])


@task(task_id="lakebase_tables")
def lakebase_tables(plan: dict[str, Any]) -> None:
    """The tables in Lakebase, with what people entered there."""
    from include.databricks_tasks.teardown import lakebase

    lakebase.remove(client(), run_settings(get_current_context()), plan["removes"])


@task(task_id="dashboards_and_genie", pool=SHARED_POOL)
def dashboards_and_genie(plan: dict[str, Any]) -> None:
    """Dashboards, to the trash, and the Genie space."""
    from include.databricks_tasks.teardown import dashboards, genie

    workspace, settings = client(), run_settings(get_current_context())
    dashboards.remove(workspace, settings, plan["removes"])
    genie.remove(workspace, settings, plan["removes"])


@task(task_id="code_and_warehouse")
def code_and_warehouse(plan: dict[str, Any]) -> None:
    """What lies outside of the schema."""
    from include.databricks_tasks.teardown import shared

    shared.remove(client(), run_settings(get_current_context()), plan["removes"])


@task(task_id="report", retries=0)
def report(plan: dict[str, Any]) -> None:
    """Looks again: names what stays, and fails if anything of ours is left."""
    left = _look()
    for line in left.lines_of_what_stays():
        say(line)
    if left.count():
        remaining = "\n  ".join(f"{kind}: {', '.join(found)}" for kind, found in left.removes.items() if found)
        raise AirflowException(f"still there, clear the task `plan` to try again:\n  {remaining}")
    say(f"{Part(removes=plan['removes']).count()} objects are gone; the next run of payment_analysis makes them again")


def _look() -> Part:
    from include.databricks_tasks.teardown.plan import make

    context = get_current_context()
    workspace = client()
    preflight.who_am_i(workspace)
    return make(workspace, run_settings(context), context["params"]["keep_landing_files"])
