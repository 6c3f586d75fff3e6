"""Sixty nights in a row: what each costs, and how large the tables become. Draws docs/images/nights.png.

A night lands 20 000 events, updates the ETL pipeline, refreshes gold and verifies the day, without Airflow. Its cost is
CPU time of the Spark server: wall time depends on what else the machine does.
"""

import statistics
import tempfile
import time
from datetime import date, timedelta
from pathlib import Path

import psutil

from bench import Figure
from bench.local import Local, spark_pid
from bench.product import Product, bootstrapped
from include.payments import gold, names, verification
from include.payments.simulator import Settings, land, prepare_folders

_NIGHTS, _EVENTS, _FIRST = 60, 20_000, date(2026, 9, 1)
_WINDOW = 5
"""Nights of which the median is taken on either side: one night alone says little."""
_IMAGE = Path(__file__).parents[1] / "docs" / "images" / "nights.png"
_TABLES = (names.BRONZE_TABLE, names.SILVER_TABLE, "gold_payments_daily")


def run() -> list[Figure]:
    with tempfile.TemporaryDirectory() as folder, Local(Path(folder)) as local:
        local.start()
        product = bootstrapped(Path(folder) / "workspace", "nights")
        pipeline_id = product.pipeline()
        nights = [_night(product, pipeline_id, _FIRST + timedelta(days=n)) for n in range(_NIGHTS)]
        sizes = {table: _size(product, table) for table in _TABLES}
    _draw(nights)
    early = [sum(night.values()) for night in nights[1 : 1 + _WINDOW]]
    late = [sum(night.values()) for night in nights[-_WINDOW:]]
    ratio = statistics.median(late) / statistics.median(early)
    figures = [
        Figure(f"CPU of a night, median of nights 2 to {1 + _WINDOW}", statistics.median(early), "s"),
        Figure(f"CPU of a night, median of the last {_WINDOW} of {_NIGHTS}", statistics.median(late), "s"),
        Figure("the last nights by the first ones", ratio, "", 1.15),
    ]
    for table, (files, size) in sizes.items():
        figures += [Figure(f"{table}: files", files, ""), Figure(f"{table}: size", size / 2**20, "MB")]
    return figures


def _night(product: Product, pipeline_id: str, day: date) -> dict[str, float]:
    """CPU seconds of the Spark server for each step of a night. Exits when a check does not hold."""
    land(product.landing, day, Settings(_EVENTS, 7))
    prepare_folders(product.landing, day)
    costs = {}
    began, seen = time.monotonic(), _cpu()
    product.update(pipeline_id)
    costs["ETL"], seen = _cpu() - seen, _cpu()
    touched = sorted({when for dates in gold.refresh(product.execute).dates.values() for when in dates})
    gold.make_views(product.execute)
    costs["gold"], seen = _cpu() - seen, _cpu()
    wrong = [check for check in verification.checks(product.execute, touched, str(day)) if check.wrong]
    costs["verify"] = _cpu() - seen
    if wrong or touched != [str(day)]:
        raise SystemExit(f"{day}: gold was rebuilt for {touched}; wrong: {wrong}")
    said = ", ".join(f"{name} {seconds:.1f}" for name, seconds in costs.items())
    print(f"{day}: {said} s of CPU, {time.monotonic() - began:.0f} s", flush=True)
    return costs


def _cpu() -> float:
    times = psutil.Process(spark_pid()).cpu_times()
    return times.user + times.system


def _size(product: Product, table: str) -> tuple[int, int]:
    """Files and bytes of a table."""
    [row] = product.execute(f"DESCRIBE DETAIL {table}", {})
    names_of = ("format", "id", "name", "description", "location", "createdAt", "lastModified", "partitionColumns",
                "clusteringColumns", "numFiles", "sizeInBytes")  # fmt: skip
    detail = dict(zip(names_of, row, strict=False))
    return int(detail["numFiles"]), int(detail["sizeInBytes"])


def _draw(nights: list[dict[str, float]]) -> None:
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(figsize=(9, 3))
    numbers = range(1, len(nights) + 1)
    axes.stackplot(numbers, *([night[step] for night in nights] for step in nights[0]), labels=list(nights[0]),
                   colors=("#2f6db5", "#3a8f5c", "#b8bcc4"))  # fmt: skip
    axes.set(xlabel=f"night, {_EVENTS} events each", ylabel="CPU of the Spark server, s", xlim=(1, len(nights)))
    axes.legend(frameon=False, ncols=3)
    axes.spines[["top", "right"]].set_visible(False)
    figure.tight_layout()
    figure.savefig(_IMAGE, dpi=110)
