"""`make bench [ARGS="parse steps"]`: runs the benchmarks, prints a table, keeps JSON under bench/results."""

import argparse
import dataclasses
import importlib
import json
import os
import platform
import signal
import sys
from datetime import UTC, datetime
from pathlib import Path

import psutil

RESULTS = Path(__file__).parent / "results"
NAMES = (
    "parse",
    "simulator",
    "workspace",
    "steps",
    "stream",
    "nights",
    "etl",
    "large",
    "rendering",
    "dashboards",
)


def main() -> int:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("names", nargs="*", default=NAMES, help=f"which: {', '.join(NAMES)}")
    names = parser.parse_args().names
    # So that the workspace of a benchmark ends with it.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("ended by SIGTERM"))
    for name in names:
        figures = importlib.import_module(f"bench.{name}").run()
        result = {
            "benchmark": name,
            "date": datetime.now(UTC).isoformat(timespec="seconds"),
            "machine": f"{os.cpu_count()} cores, {psutil.virtual_memory().total / 2**30:.0f} GB, {platform.machine()}",
            "python": platform.python_version(),
            "command": f"make bench ARGS={name}",
            "figures": [dataclasses.asdict(figure) for figure in figures],
        }
        RESULTS.mkdir(exist_ok=True)
        (RESULTS / f"{name}.json").write_text(json.dumps(result, indent=2) + "\n")
        for figure in figures:
            aim = f"aim {figure.aim:g}" if figure.aim is not None else ""
            print(f"{name:10} {figure.name:46} {figure.value:10.2f} {figure.unit:4} {aim}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
