"""Prepares the engines: fetches the jars and compiles the Spark extension. Quick when all of it is there."""

import sys

from include.local_workspace.engines.spark.engine import class_path
from include.local_workspace.engines.spark.errors import SparkEngineError
from include.local_workspace.paths import Home


def main() -> int:
    try:
        class_path(Home.default().cache)
    except (SparkEngineError, OSError) as error:
        print(f"Preparing the engines failed: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
