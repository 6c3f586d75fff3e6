"""How long a workspace takes to be ready, from nothing and again; and how much memory its processes hold."""

import tempfile
import time
from pathlib import Path

from bench import Figure
from bench.local import Local


def run() -> list[Figure]:
    figures = []
    with tempfile.TemporaryDirectory() as folder, Local(Path(folder)) as local:
        for name in ("workspace ready, new folder", "workspace ready, again"):
            local.stop()
            began = time.perf_counter()
            local.start()
            figures.append(Figure(name, time.perf_counter() - began, "s", 20))
        figures += [Figure(f"memory of {name}", rss, "MB") for name, rss in local.memory().items()]
    return figures
