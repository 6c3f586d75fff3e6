"""Time to parse the DAGs, after Airflow and the provider are imported: the median of five."""

import json
import statistics
import subprocess
import sys
import tempfile

from bench import Figure
from include.commands import airflow_env

_PARSE = """
import json, sys, time
import airflow.providers.databricks.operators.databricks, airflow.providers.databricks.triggers.databricks
from airflow.dag_processing.dagbag import DagBag
began = time.perf_counter()
DagBag(dag_folder=sys.argv[1])
print(json.dumps(time.perf_counter() - began))
"""


def run() -> list[Figure]:
    with tempfile.TemporaryDirectory() as home:
        env = {**airflow_env.environment(), "AIRFLOW_HOME": home}
        seconds = []
        for _ in range(5):
            done = subprocess.run(
                [sys.executable, "-c", _PARSE, str(airflow_env.PROJECT / "dags")],
                env=env, capture_output=True, text=True, check=True, timeout=120,
            )  # fmt: skip
            seconds.append(json.loads(done.stdout.splitlines()[-1]))
    return [Figure("DAG parse after the imports, median of 5", statistics.median(seconds), "s", 0.3)]
