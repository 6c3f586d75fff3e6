"""`make validate`: checks the project's files without any engine; every finding names file and line."""

import argparse
import os
import sys
import time
from pathlib import Path

from include.checks import dags, dashboards, genie, notebooks, sql, targets
from include.commands import airflow_env

_CHECKS = {"settings": targets, "SQL": sql, "notebooks": notebooks, "dashboards": dashboards, "Genie": genie,
           "DAGs": dags}  # fmt: skip


def main() -> int:
    parser = argparse.ArgumentParser(prog="make validate", description=__doc__)
    parser.add_argument("--root", type=Path, default=airflow_env.PROJECT, help="folder to check instead of the project")
    root = parser.parse_args().root.resolve()
    os.environ.update(airflow_env.environment())
    os.environ["AIRFLOW__LOGGING__LOGGING_LEVEL"] = "ERROR"
    began, found = time.monotonic(), 0
    for name, check in _CHECKS.items():
        lines = list(check.findings(root))
        found += len(lines)
        print(f"{name:12} {'ok' if not lines else f'{len(lines)} findings'}")
        for line in lines:
            print(f"  {line}")
    print(f"{found} findings in {time.monotonic() - began:.1f} s")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
