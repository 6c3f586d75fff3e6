"""All that the engine needs beside Python packages, made once for every workspace of a machine."""

import logging
from pathlib import Path

from include.local_workspace.engines.spark import archive
from include.local_workspace.engines.spark.engine import class_path
from include.local_workspace.engines.spark.errors import SparkEngineError, SparkFailure


def prepare(cache: Path) -> None:
    """Fetch the jars, compile the extension and train the ahead-of-time cache, as far as that is not done yet.

    Safe to run twice, and by two processes at once. Raises SparkEngineError when a jar or the extension is missing; a
    training that fails is logged, because the engine also works, slower, without it.
    """
    cache = Path(cache).resolve()
    with archive.locked(cache, "jars"):
        jars = class_path(cache)
    with archive.locked(cache, "archive"):
        try:
            archive.train(cache, jars)
        except (SparkEngineError, SparkFailure) as failed:
            logging.getLogger(__name__).warning("Spark will start slower, the training of its cache failed: %s", failed)
