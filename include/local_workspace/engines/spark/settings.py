"""How the Spark server is configured: folders, Spark's settings, the JVM's options, the log file."""

import sys
from dataclasses import dataclass
from pathlib import Path

from include.local_workspace.engines.spark import extension

HOST = "127.0.0.1"
# Metaspace as it is after a day of statements: growing there step by step means a full collection at each step.
HEAP = (
    "-Xms1g", "-Xmx2500m", "-Xmn700m", "-XX:+UseParallelGC", "-XX:MetaspaceSize=400m", "-XX:MaxMetaspaceSize=640m",
    "-XX:ReservedCodeCacheSize=256m",
)  # fmt: skip

_LOG4J = """\
rootLogger.level = warn
rootLogger.appenderRef.file.ref = file
# It logs every error that a client gets, and one for each query that ends after its session did.
logger.answered.name = org.apache.spark.sql.connect.utils.ErrorUtils
logger.answered.level = off
appender.file.type = RollingFile
appender.file.name = file
appender.file.fileName = {log}
appender.file.filePattern = {log}.%i
appender.file.layout.type = PatternLayout
appender.file.layout.pattern = %d{{yyyy-MM-dd'T'HH:mm:ss.SSS}} %p %c{{1}}: %m%n%ex
appender.file.policies.type = Policies
appender.file.policies.size.type = SizeBasedTriggeringPolicy
appender.file.policies.size.size = 10MB
appender.file.strategy.type = DefaultRolloverStrategy
appender.file.strategy.max = 3
"""


@dataclass(frozen=True)
class Folders:
    """Where the engine keeps its things below the workspace's home."""

    home: Path

    @property
    def spark(self) -> Path:
        return self.home / "spark"

    @property
    def warehouse(self) -> Path:
        return self.spark / "warehouse"

    @property
    def metastore(self) -> Path:
        return self.spark / "metastore"

    @property
    def scratch(self) -> Path:
        """Shuffle files and native libraries; emptied at each start."""
        return self.spark / "tmp"

    @property
    def volumes(self) -> Path:
        return self.home / "volumes"

    @property
    def log(self) -> Path:
        return self.home / "logs" / "spark.log"

    @property
    def console(self) -> Path:
        """What the JVM itself prints; overwritten at each start."""
        return self.home / "logs" / "spark-console.log"

    @property
    def catalogs(self) -> Path:
        """The names of the workspace's catalogs, one a line; without the file every name is a catalog."""
        return self.spark / "catalogs"

    @property
    def pids(self) -> Path:
        return self.home / "pids"

    def create(self) -> None:
        for folder in (self.spark, self.warehouse, self.scratch, self.volumes, self.log.parent, self.pids):
            folder.mkdir(parents=True, exist_ok=True)


def spark_settings(folders: Folders, port: int) -> dict[str, str]:
    """Spark's settings for a server on `port` of the loopback address."""
    delta = "spark.databricks.delta"
    streaming = "spark.sql.streaming.stateStore"
    viewfs = "spark.hadoop.fs.viewfs.mounttable.workspace"
    return {
        # More task slots than the cores of a small machine, shared fairly: one long query cannot starve the others.
        "spark.master": "local[4]",
        "spark.app.name": "local-workspace",
        "spark.scheduler.mode": "FAIR",
        "spark.ui.enabled": "false",
        # What a UI would show is kept even without one: by default the plans of 1000 queries, hundreds of MB.
        "spark.sql.ui.retainedExecutions": "20",
        "spark.ui.retainedJobs": "50",
        "spark.ui.retainedStages": "50",
        "spark.ui.retainedTasks": "500",
        "spark.driver.host": HOST,
        "spark.driver.bindAddress": HOST,
        "spark.connect.grpc.binding.address": HOST,
        "spark.connect.grpc.binding.port": str(port),
        "spark.connect.grpc.interceptor.classes": extension.INTERCEPTOR,
        "spark.extraListeners": extension.LISTENER,
        "spark.local.dir": str(folders.scratch),
        "spark.cleaner.referenceTracking.cleanCheckpoints": "true",
        # SQL as Databricks reads it
        "spark.sql.ansi.enabled": "true",
        "spark.sql.session.timeZone": "UTC",
        "spark.sql.sources.default": "delta",
        "spark.sql.extensions": ",".join(
            (extension.EARLY_CLASS, "io.delta.sql.DeltaSparkSessionExtension", extension.CLASS)
        ),
        "spark.sql.catalog.spark_catalog": extension.CATALOG,
        "spark.sql.connect.serverStacktrace.enabled": "false",
        "spark.sql.shuffle.partitions": "2",
        # Sessions share generated code; with 100 classes the programs of a day would push each other out.
        "spark.sql.codegen.cache.maxEntries": "1000",
        # HotSpot compiles no method of more than 8000 bytes: the loop of a wide row would be interpreted for ever.
        "spark.sql.codegen.hugeMethodLimit": "8000",
        "spark.workspace.catalogsFile": str(folders.catalogs),
        # Tables, views and functions live in a Derby database: they survive a restart, also after kill -9.
        "spark.sql.catalogImplementation": "hive",
        "spark.hadoop.javax.jdo.option.ConnectionURL": f"jdbc:derby:;databaseName={folders.metastore};create=true",
        # Each statement's thread opens a store of its own; trying direct SQL out costs more than it saves there.
        "spark.hadoop.hive.metastore.try.direct.sql": "false",
        "spark.sql.warehouse.dir": folders.warehouse.as_uri(),
        # /Volumes/... is a folder of the home, every other path is the machine's own.
        "spark.hadoop.fs.defaultFS": "viewfs://workspace/",
        f"{viewfs}.link./Volumes": folders.volumes.as_uri(),
        f"{viewfs}.linkFallback": "file:///",
        # VACUUM and other listings start this many tasks, 10000 unless told (seen 2026-11-23: minutes on two cores).
        "spark.sql.sources.parallelPartitionDiscovery.parallelism": "4",
        # Where the blocks of a local file are says nothing, and asking costs milliseconds a file at every listing.
        "spark.sql.sources.ignoreDataLocality": "true",
        # Delta: new tables allow DEFAULT; a checkpoint every ten commits is far too many for small tables.
        f"{delta}.snapshotPartitions": "1",
        f"{delta}.properties.defaults.feature.allowColumnDefaults": "supported",
        f"{delta}.properties.defaults.checkpointInterval": "1000",
        f"{streaming}.providerClass": "org.apache.spark.sql.execution.streaming.state.RocksDBStateStoreProvider",
        f"{streaming}.rocksdb.changelogCheckpointing.enabled": "true",
        # Counting the keys means reading each before it is written.
        f"{streaming}.rocksdb.trackTotalNumberOfRows": "false",
    }


def jvm_options(folders: Folders) -> list[str]:
    """The JVM's options besides class path and module options."""
    log4j = folders.spark / "log4j2.properties"
    return [
        *HEAP,
        f"-Djava.io.tmpdir={folders.scratch}",
        f"-Dderby.stream.error.file={folders.log.parent / 'derby.log'}",
        f"-Dlog4j2.configurationFile={log4j.as_uri()}",
        "-Duser.timezone=UTC",
        "-Dfile.encoding=UTF-8",
    ]


def write_log4j(folders: Folders) -> None:
    """Logging at WARN into a file that rolls at 10 MB."""
    (folders.spark / "log4j2.properties").write_text(_LOG4J.format(log=folders.log))


def python_environment(folders: Folders, pyspark: Path) -> dict[str, str]:
    """What the server needs to start Python workers for Python UDFs, and they to find files of volumes."""
    return {
        "PYSPARK_PYTHON": sys.executable,
        "SPARK_HOME": str(pyspark),
        "SPARK_LOCAL_IP": HOST,
        "VOLUMES_ROOT": str(folders.volumes),
    }
