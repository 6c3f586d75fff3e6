"""# Payment analysis

Sets up the platform, loads the payment events of the business date, and rebuilds what changed. Every step may run
again at any time: objects are created or adopted, events are loaded once.

| Group | What it does |
|---|---|
| `prepare` | resolves the settings, checks the connection, finds the SQL warehouse, uploads the code |
| `step_1_create_data_repositories` | catalog, schema, volumes; Lakebase and its tables; bootstrap tables |
| `step_2_simulate_transaction_events` | events of the business date, and once the history before it |
| `run_etl_pipeline` | bronze, silver, quarantine and dimensions; the real-time pipeline and what feeds it, if asked |
| `step_3_initialize_ingestion` | waits until silver holds every landed event; gold tables and views |
| `step_4_deploy_dashboards` | runs every dataset of the dashboards, publishes and exports them; one task a dashboard |
| `step_7_genie_sync` | runs the curated SQL of the Genie space, and brings the space to its file |
| `verify` | accounts for every event and every sum, and reports the day's KPIs |

**A step failed?** Clear it with its downstream tasks: remote work that still runs is adopted, not started twice.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from airflow.sdk import DAG, CronDataIntervalTimetable, TaskGroup, chain

from include.databricks_tasks import programs, tasks
from include.databricks_tasks.dashboards import DashboardOperator
from include.databricks_tasks.genie import GenieSpaceOperator
from include.databricks_tasks.jobs import SubmitRunOperator, notebook_task
from include.databricks_tasks.lakebase import LakebaseObjectOperator
from include.databricks_tasks.pipelines import CreatePipelineOperator, UpdatePipelineOperator
from include.databricks_tasks.realtime import RunFedStreamOperator
from include.databricks_tasks.silver_sensor import SilverSensor
from include.databricks_tasks.statements import SqlProgramOperator
from include.databricks_tasks.tasks import setting
from include.params import PARAMS
from include.settings import CREATED_BY, SHARED_POOL, STEPS

DEFAULTS = {
    "owner": "payments",
    "retries": 2,
    "retry_delay": timedelta(seconds=10),
    "retry_exponential_backoff": True,
    "max_retry_delay": timedelta(minutes=5),
}
WAREHOUSE = "{{ ti.xcom_pull(task_ids='prepare.sql_warehouse') }}"
CODE = "{{ ti.xcom_pull(task_ids='prepare.upload_code') }}"
IN_SCHEMA = {"warehouse_id": WAREHOUSE, "catalog": setting("catalog"), "schema": setting("schema")}

with DAG(
    dag_id="payment_analysis",
    description="Payment approval analytics on Databricks, from events to dashboards",
    doc_md=__doc__,
    schedule=CronDataIntervalTimetable("0 0 * * *", "UTC"),
    start_date=datetime(2026, 1, 1),
    catchup=False,
    params=PARAMS,
    default_args=DEFAULTS,
    tags=["payments", "databricks"],
) as dag:
    with TaskGroup("prepare") as prepare:
        chain(tasks.settings(), tasks.check_connection(), [tasks.sql_warehouse(), tasks.upload_code()])

    with TaskGroup(STEPS[0]) as step_1:
        wanted = tasks.wanted(STEPS[0])
        repositories = SqlProgramOperator(
            task_id="catalog_schema_volumes", program=programs.repositories, warehouse_id=WAREHOUSE
        )
        bootstrap = SqlProgramOperator(task_id="bootstrap_tables", program=programs.bootstrap_tables, **IN_SCHEMA)
        project = LakebaseObjectOperator(
            task_id="lakebase_project",
            kind="projects",
            object_id=setting("lakebase_project_id"),
            spec={"display_name": setting("lakebase_project_id"), "pg_version": 17, "custom_tags": [CREATED_BY]},
        )
        branch = LakebaseObjectOperator(
            task_id="lakebase_branch",
            kind="branches",
            parent=project.output,
            object_id=setting("lakebase_branch_id"),
            spec={"no_expiry": True},
        )
        endpoint = LakebaseObjectOperator(
            task_id="lakebase_endpoint",
            kind="endpoints",
            parent=branch.output,
            object_id=setting("lakebase_endpoint_id"),
            spec={
                "endpoint_type": "ENDPOINT_TYPE_READ_WRITE",
                "autoscaling_limit_min_cu": 0.5,
                "autoscaling_limit_max_cu": 2,
            },
        )
        chain(wanted, repositories, bootstrap)
        chain(wanted, project, branch, endpoint, tasks.lakebase_tables(endpoint.output))

    with TaskGroup(STEPS[1]) as step_2:
        simulate = SubmitRunOperator(
            task_id="simulate_transaction_events",
            run_name="payment_analysis: events of " + setting("business_date"),
            tasks=[
                notebook_task(
                    "simulate_transaction_events",
                    CODE,
                    catalog=setting("catalog"),
                    schema=setting("schema"),
                    business_date=setting("business_date"),
                    events_per_day=setting("events_per_day"),
                    history_days=setting("history_days"),
                    seed=setting("seed"),
                )
            ],
        )
        chain(tasks.wanted(STEPS[1]), tasks.simulator_wanted(), simulate)

    with TaskGroup(STEPS[2]) as run_etl:
        etl = CreatePipelineOperator(task_id="create_etl_pipeline", spec=tasks.etl_pipeline(CODE))
        update = UpdatePipelineOperator(task_id="update_etl_pipeline", pipeline_id=etl.output, pool=SHARED_POOL)
        realtime = CreatePipelineOperator(task_id="create_realtime_pipeline", spec=tasks.realtime_pipeline(CODE))
        stream = RunFedStreamOperator(
            task_id="run_realtime_pipeline",
            pipeline_id=realtime.output,
            minutes=setting("realtime_minutes"),
            event_source=setting("event_source"),
            tasks=[
                notebook_task(
                    "pace_transaction_events",
                    CODE,
                    catalog=setting("catalog"),
                    schema=setting("schema"),
                    events_per_second=setting("stream_events_per_second"),
                    seconds="{{ 60 * ti.xcom_pull(task_ids='prepare.settings')['realtime_minutes'] }}",
                    seed=setting("seed"),
                )
            ],
        )
        chain(tasks.wanted(STEPS[2]), etl, update, realtime, tasks.realtime_wanted(), stream)

    with TaskGroup(STEPS[3]) as step_3:
        silver = SilverSensor(task_id="wait_for_silver", business_date=setting("business_date"), **IN_SCHEMA)
        gold_tables = SqlProgramOperator(
            task_id="gold_tables", program=programs.gold_tables, pool=SHARED_POOL, **IN_SCHEMA
        )
        gold_views = SqlProgramOperator(
            task_id="gold_views", program=programs.gold_views, pool=SHARED_POOL, **IN_SCHEMA
        )
        chain(tasks.wanted(STEPS[3]), silver, gold_tables, gold_views)

    with TaskGroup(STEPS[4]) as step_4:
        newest = SqlProgramOperator(task_id="newest_day", program=programs.newest_day, **IN_SCHEMA)
        files = tasks.dashboard_files()
        boards = DashboardOperator.partial(
            task_id="dashboard",
            pool=SHARED_POOL,
            map_index_template="{{ task.file.rpartition('/')[2].partition('.')[0] }}",
            **IN_SCHEMA,
        ).expand(file=files)
        chain(tasks.wanted(STEPS[4]), newest, files, boards)

    with TaskGroup(STEPS[5]) as step_7:
        newest_for_genie = SqlProgramOperator(task_id="newest_day", program=programs.newest_day, **IN_SCHEMA)
        space = GenieSpaceOperator(task_id="genie_space", pool=SHARED_POOL, **IN_SCHEMA)
        chain(tasks.wanted(STEPS[5]), newest_for_genie, space)

    verify = SqlProgramOperator(
        task_id="verify",
        program=programs.verify,
        trigger_rule="none_failed",
        retries=0,
        pool=SHARED_POOL,  # nothing is loaded while it counts
        **IN_SCHEMA,
    )

    chain(prepare, step_1, step_2, run_etl)
    chain(update, step_3, [step_4, step_7], verify)
