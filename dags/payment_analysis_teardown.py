"""# Payment analysis: teardown

Removes what `payment_analysis` created, and only that. Started by hand. Started without `confirm`, it lists what it
would remove and what would stay, and changes nothing. The second yes is `confirm`: it must be exactly
`<catalog>.<schema>`, as the list shows it.

| Group | What it does |
|---|---|
| `prepare` | resolves the settings |
| `plan` | lists what would be removed, and what stays with the reason |
| `confirmed` | ends the run here unless `confirm` names the schema |
| `remove` | the stream's runs, pipelines with tables, the schema, Lakebase, dashboards, Genie space, code, warehouse |
| `report` | looks again, names what stays, fails if anything of ours is left |

**Kept:** the catalog; landed files, unless `keep_landing_files` is false; whatever others put into the schema, a
volume, Lakebase or the code folder; a warehouse or Lakebase project that was there before.

**Pause `payment_analysis` first**: its next run makes everything again. **A step failed?** Clear it: what is gone is
skipped.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from airflow.sdk import DAG, TaskGroup, chain

from include.databricks_tasks import tasks
from include.databricks_tasks.lakebase import DeleteLakebaseProjectOperator
from include.databricks_tasks.pipelines import DeletePipelineOperator
from include.databricks_tasks.tasks import setting
from include.databricks_tasks.teardown import tasks as teardown
from include.databricks_tasks.teardown.part import LAKEBASE_PROJECT
from include.params import TEARDOWN_PARAMS
from include.payments import names
from include.settings import SHARED_POOL

DEFAULTS = {"owner": "payments", "retries": 2, "retry_delay": timedelta(seconds=10)}
PROJECT = f"{{{{ (ti.xcom_pull(task_ids='plan')['removes'].get('{LAKEBASE_PROJECT}') or [''])[0] }}}}"


def pipeline(task_id: str, name: str) -> DeletePipelineOperator:
    """Deletes the pipeline of this name, if it works for the schema."""
    return DeletePipelineOperator(
        task_id=task_id,
        name=name,
        catalog=setting("catalog"),
        schema=setting("schema"),
        pool=SHARED_POOL,
    )


with DAG(
    dag_id="payment_analysis_teardown",
    description="Removes what payment_analysis created, and only that, after a second yes",
    doc_md=__doc__,
    schedule=None,
    start_date=datetime(2026, 1, 1),
    catchup=False,
    max_active_runs=1,
    params=TEARDOWN_PARAMS,
    default_args=DEFAULTS,
    tags=["payments", "databricks"],
) as dag:
    with TaskGroup("prepare") as prepare:
        tasks.settings()

    plan = teardown.plan()
    confirmed = teardown.confirmed(plan)

    with TaskGroup("remove") as remove:
        etl = pipeline("etl_pipeline", names.ETL_PIPELINE)
        objects = teardown.schema_objects(plan)
        tables = teardown.lakebase_tables(plan)
        project = DeleteLakebaseProjectOperator(task_id="lakebase_project", project=PROJECT)
        chain(teardown.stream_runs(plan), pipeline("realtime_pipeline", names.REALTIME_PIPELINE), etl, objects)
        chain(tables, project)
        chain([objects, project, teardown.dashboards_and_genie(plan)], teardown.code_and_warehouse(plan))

    chain(prepare, plan, confirmed, remove, teardown.report(plan))
