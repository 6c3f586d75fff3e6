"""The DAG with 14 days of 20 000 events from nothing, the same date again, and one day more; and memory.

Each run is given as the tasks of steps 1 to 3 (with `prepare`), as all of its tasks, and with starting Airflow.
"""

import tempfile
import time
from pathlib import Path

from bench import Figure
from bench.local import Local
from include.commands import airflow_env
from include.commands.run import local_connection, run_dag, start_workspace
from include.settings import STEPS

_FIRST, _NEXT = "2026-11-14", "2026-11-15"
_CONF = {"events_per_day": 20_000, "history_days": 13}
_TO_STEP_3 = ("prepare", *STEPS[:4])
# Name, day, and the aims in seconds for steps 1 to 3 and for all that there is.
_RUNS = (
    ("from nothing, 14 days", _FIRST, 90, 130),
    ("the same date again", _FIRST, None, 60),
    ("one day more", _NEXT, 35, None),
)


def run() -> list[Figure]:
    figures = []
    with tempfile.TemporaryDirectory() as folder, Local(Path(folder)) as local:
        starting = start_workspace()
        airflow_env.migrate(airflow_env.environment())
        connection = local_connection(starting)
        starting.wait()
        for name, day, early_aim, aim in _RUNS:
            began = time.perf_counter()
            code, output = run_dag({**_CONF, "business_date": day}, connection)
            total = time.perf_counter() - began
            if code:
                raise SystemExit(f"the run {name} failed; see {output.log}")
            tasks = sum(task["seconds"] for task in output.tasks.values())
            figures.append(Figure(f"steps 1 to 3, {name}", sum(map(output.seconds, _TO_STEP_3)), "s", early_aim))
            figures.append(Figure(f"all steps, {name}", tasks, "s"))
            figures.append(Figure(f"with starting Airflow, {name}", total, "s", aim))
        figures += [Figure(f"memory of {name}", rss, "MB") for name, rss in local.memory().items()]
        figures.append(Figure("memory of all", sum(local.memory().values()), "MB", 6000))
    return figures
