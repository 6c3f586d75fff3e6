"""What one JVM learned, kept for the next ones: classes, loaded and linked, and which methods are worth compiling.

Java 25 records it (JEP 483, 514 and 515) in a training, see `include.local_workspace.training`. It fits one runtime and
one class path, which the file's name stands for; Java checks both again, and goes on without a cache that does not fit.
"""

import hashlib
from collections.abc import Iterable
from pathlib import Path

from include.local_workspace.engines.spark import java, settings


def file(cache: Path, jars: Iterable[Path]) -> Path:
    """Where the start cache for this runtime and class path is, or would be."""
    digest = hashlib.sha256(repr((settings.HEAP, java.MODULE_OPTIONS)).encode())
    for part in (java.RUNTIME / "lib" / "server" / "libjvm.so", *jars):
        stat = part.stat()
        digest.update(f"{part} {stat.st_size} {stat.st_mtime_ns}\n".encode())
    return cache / "start" / f"spark-{digest.hexdigest()[:16]}.aot"


def using(cache: Path, jars: Iterable[Path]) -> list[str]:
    """The JVM's options that use the cache; none while there is no cache."""
    made = file(cache, jars)
    # Java 25 warns of some call adapters that it makes anew (seen 2026-12-01).
    return [f"-XX:AOTCache={made}", "-Xlog:aot*=off"] if made.exists() else []


def writing(target: Path) -> list[str]:
    """The JVM's options that record a cache and write it when the JVM ends."""
    return [f"-XX:AOTCacheOutput={target}"]
