"""Our Spark extension (three-level names): compiled once with the Scala compiler inside pyspark.

The jar's name holds a hash of the sources and of the Spark version, so a change compiles anew and nothing stale runs.
"""

import hashlib
import subprocess
import tempfile
from pathlib import Path

from include.local_workspace.engines.spark import java
from include.local_workspace.engines.spark.errors import SparkEngineError

CLASS = "org.apache.spark.sql.localworkspace.Extensions"
EARLY_CLASS = "org.apache.spark.sql.localworkspace.EarlyExtensions"
INTERCEPTOR = "org.apache.spark.sql.localworkspace.LogicalNamesInterceptor"
CATALOG = "org.apache.spark.sql.localworkspace.WorkspaceCatalog"
MAIN = "org.apache.spark.sql.connect.localworkspace.Server"
LISTENER = "org.apache.spark.sql.localworkspace.CancelledJobs"
_SOURCES = Path(__file__).parent / "scala"
_TIMEOUT_SECONDS = 300


def compiled(cache: Path, libraries: list[Path]) -> Path:
    """The extension's jar below `cache`, compiled against `libraries` and Spark's jars if it is not there yet.

    Raises SparkEngineError with the compiler's messages when the sources do not compile.
    """
    sources = sorted(_SOURCES.glob("*.scala"))
    digest = hashlib.sha256()
    for source in sources:
        digest.update(source.read_bytes())
    for jar in (*libraries, *java.JARS.glob("spark-catalyst_*.jar")):
        digest.update(jar.name.encode())
    target = cache / "extension" / f"local-workspace-{digest.hexdigest()[:16]}.jar"
    if target.exists():
        return target
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent) as folder:
        part = Path(folder) / target.name
        class_path = ":".join(str(jar) for jar in (*libraries, *java.spark_jars()))
        command = [java.java(), "-cp", class_path, "scala.tools.nsc.Main", "-usejavacp", "-nowarn", "-d", str(part)]
        done = subprocess.run(  # noqa: S603 - our own compiler on our own sources
            [*command, *map(str, sources)],
            env=java.environment(),
            capture_output=True,
            text=True,
            timeout=_TIMEOUT_SECONDS,
            check=False,
        )
        if done.returncode != 0:
            raise SparkEngineError(f"The Spark extension in {_SOURCES} does not compile:\n{done.stdout}{done.stderr}")
        part.replace(target)
    return target
