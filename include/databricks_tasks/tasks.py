"""The tasks of the DAG that are plain functions, and the definitions of its pipelines."""

from __future__ import annotations

from typing import Any

from airflow.sdk import get_current_context, task

from include.databricks_tasks import code_upload, preflight
from include.databricks_tasks.connection import client, get
from include.databricks_tasks.context import run_settings, say
from include.payments import names
from include.settings import VARIABLE, resolve


@task(task_id="settings", multiple_outputs=False)
def settings() -> dict[str, Any]:
    """Settings of this run with its business date: params, over the Airflow Variable, over the target."""
    from airflow.sdk import Variable

    from include.payments.dates import business_date

    context = get_current_context()
    params = dict(context["params"])
    resolved = resolve(params, Variable.get(VARIABLE, default={}, deserialize_json=True))
    run = context["dag_run"]
    day = business_date(params.get("business_date"), run.data_interval_start, run.run_after)
    say(f"business date {day}, {resolved.environment}, {resolved.catalog}.{resolved.schema}")
    return {**resolved.as_dict(), "business_date": day.isoformat(), "source_format": source_format()}


@task(task_id="check_connection")
def check_connection() -> str:
    """Who we are there. Fails with what to do when the workspace, the token or a privilege is missing."""
    workspace = client()
    user = preflight.who_am_i(workspace)
    preflight.require_privileges(workspace, run_settings(get_current_context()), user)
    say(f"{user} on {workspace.config.host}")
    return user


@task(task_id="sql_warehouse")
def sql_warehouse() -> str:
    """Id of the SQL warehouse."""
    return preflight.ensure_warehouse(client(), run_settings(get_current_context()), say)


@task(task_id="upload_code")
def upload_code() -> str:
    """The workspace folder that holds notebooks, pipeline sources and domain code."""
    return code_upload.upload(client(), run_settings(get_current_context()).workspace_folder, say)


def wanted(step: str):
    """Skips the step's tasks, and only them, when the run's `steps` leave it out."""

    @task.short_circuit(task_id="wanted", ignore_downstream_trigger_rules=False, trigger_rule="none_failed")
    def check(step: str) -> bool:
        return step in get_current_context()["params"]["steps"]

    return check(step)


@task.short_circuit(task_id="simulator_wanted", ignore_downstream_trigger_rules=False)
def simulator_wanted() -> bool:
    """Whether step 2 makes events, or others land them."""
    return run_settings(get_current_context()).event_source == "simulator"


@task.short_circuit(task_id="realtime_wanted", ignore_downstream_trigger_rules=False)
def realtime_wanted() -> bool:
    """Whether the real-time pipeline runs in this run."""
    return run_settings(get_current_context()).start_realtime


@task(task_id="lakebase_tables")
def lakebase_tables(endpoint: str) -> list[str]:
    """Tables and defaults in Lakebase; what people edited stays. Returns the tables that were made or changed."""
    from include.databricks_tasks.lakebase import connect
    from include.payments import lakebase

    context = get_current_context()
    known = run_settings(context)
    warehouse_id = context["ti"].xcom_pull(task_ids="prepare.sql_warehouse")
    with connect(endpoint) as connection:
        due = lakebase.tasks(known.catalog, known.schema, warehouse_id)
        made = lakebase.create_tables(connection, known.lakebase_schema, due)
    say(f"{len(made)} Lakebase tables made or brought up to date")
    return made


@task(task_id="dashboard_files")
def dashboard_files() -> list[str]:
    """The files of the dashboards, one mapped task each."""
    from include.databricks_tasks.dashboard_files import files

    return files()


def setting(name: str) -> str:
    """Template for a setting as this run resolved it."""
    return f"{{{{ ti.xcom_pull(task_ids='prepare.settings')['{name}'] }}}}"


def etl_pipeline(code: str) -> dict[str, Any]:
    """Bronze and silver: triggered, never continuous. `code` is a template."""
    return _pipeline(names.ETL_PIPELINE, ["bronze_ingest", "silver_transform"], code, continuous=False)


def realtime_pipeline(code: str) -> dict[str, Any]:
    """The stream: runs until it is stopped."""
    return _pipeline(names.REALTIME_PIPELINE, ["realtime_pipeline"], code, continuous=True)


def source_format(connection_id: str = "databricks_default") -> str:
    """Auto Loader on Databricks; the plain file source on the local workspace, which is reached over http."""
    return "files" if get(connection_id).schema == "http" else "cloudFiles"


def _pipeline(name: str, sources: list[str], code: str, continuous: bool) -> dict:
    root = f"/Workspace{code}"
    return {
        "name": name,
        "catalog": setting("catalog"),
        "schema": setting("schema"),
        "serverless": True,
        "continuous": continuous,
        "channel": "CURRENT",
        "root_path": root,
        "libraries": [{"file": {"path": f"{root}/notebooks/pipelines/{source}.py"}} for source in sources],
        "configuration": {
            "payments.landing_path": f"/Volumes/{setting('catalog')}/{setting('schema')}/{names.RAW_DATA}",
            "payments.source_format": setting("source_format"),
        },
    }
