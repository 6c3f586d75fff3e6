"""All that the engine needs beside Python packages, made once for every workspace of a machine."""

from pathlib import Path

from include.local_workspace.engines.spark import archive
from include.local_workspace.engines.spark.engine import class_path


def prepare(cache: Path) -> None:
    """Fetch the jars, compile the extension and train the ahead-of-time cache, as far as that is not done yet.

    Safe to run twice, and by two processes at once. Raises SparkEngineError.
    """
    cache = Path(cache).resolve()
    with archive.locked(cache, "jars"):
        jars = class_path(cache)
    with archive.locked(cache, "archive"):
        archive.train(cache, jars)
