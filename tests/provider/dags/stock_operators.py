"""The provider's own operators, unchanged, each with and without deferring."""

from __future__ import annotations

import os

from airflow.providers.databricks.operators.databricks import (
    DatabricksCreateJobsOperator,
    DatabricksNotebookOperator,
    DatabricksRunNowOperator,
    DatabricksSQLStatementsOperator,
    DatabricksSubmitRunOperator,
)
from airflow.providers.databricks.operators.warehouse import (
    DatabricksStartWarehouseOperator,
    DatabricksStopWarehouseOperator,
)
from airflow.providers.databricks.sensors.databricks import DatabricksSQLStatementsSensor
from airflow.sdk import DAG, chain

NOTEBOOK = os.environ.get("NOTEBOOK", "")
WAREHOUSE = os.environ.get("WAREHOUSE_ID", "")
TASK = {"task_key": "main", "notebook_task": {"notebook_path": NOTEBOOK}}

with DAG("stock_operators", schedule=None):
    last = DatabricksCreateJobsOperator(task_id="create_job", json={"name": "stock", "tasks": [TASK]})
    for deferrable in (False, True):
        kind = "deferred" if deferrable else "held"
        warehouse = {"warehouse_id": WAREHOUSE, "deferrable": deferrable}
        statement = {"warehouse_id": WAREHOUSE, "statement": "SELECT 1", "deferrable": deferrable}
        steps = [
            DatabricksStopWarehouseOperator(task_id=f"stop_{kind}", wait_for_termination=True, **warehouse),
            DatabricksStartWarehouseOperator(task_id=f"start_{kind}", wait_for_termination=True, **warehouse),
            DatabricksSubmitRunOperator(
                task_id=f"submit_{kind}", tasks=[TASK], polling_period_seconds=1, deferrable=deferrable
            ),
            DatabricksRunNowOperator(
                task_id=f"run_now_{kind}", job_name="stock", polling_period_seconds=1, deferrable=deferrable
            ),
            DatabricksNotebookOperator(
                task_id=f"notebook_{kind}", notebook_path=NOTEBOOK, source="WORKSPACE", existing_cluster_id="any",
                polling_period_seconds=1, deferrable=deferrable,
            ),
            DatabricksSQLStatementsOperator(task_id=f"statement_{kind}", polling_period_seconds=1, **statement),
            DatabricksSQLStatementsSensor(task_id=f"sensor_{kind}", poke_interval=1, **statement),
        ]  # fmt: skip
        chain(last, *steps)
        last = steps[-1]
