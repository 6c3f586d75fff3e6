"""Prepares the engines: jars, the Spark extension, Spark's start cache. Quick when all of it is there."""

import sys
import time

from include.local_workspace import training
from include.local_workspace.engines.spark.engine import class_path
from include.local_workspace.engines.spark.errors import SparkEngineError
from include.local_workspace.paths import Home


def main() -> int:
    cache = Home.default().cache
    try:
        class_path(cache)
    except (SparkEngineError, OSError) as error:
        print(f"Preparing the engines failed: {error}", file=sys.stderr)
        return 1
    if not training.trained(cache):
        began = time.monotonic()
        print("Training Spark for quick starts (a minute or two, once)", flush=True)
        try:
            training.train(cache)
        except Exception as error:
            # Nothing depends on it but speed.
            print(
                f"Spark's start cache was not made, so Spark starts slower; `make setup` tries again.\n{error}",
                file=sys.stderr,
            )
        else:
            print(f"Spark is trained ({time.monotonic() - began:.0f} s).")
    return 0


if __name__ == "__main__":
    sys.exit(main())
