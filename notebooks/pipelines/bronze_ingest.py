"""Bronze: every record that arrived, as it arrived, with the file that brought it; and the merchant dimension.

Configuration: `payments.landing_path` is the volume raw_data; `payments.source_format` is `cloudFiles` (Auto Loader)
or `files` (the plain file source, for engines that have no Auto Loader).
"""

import payments
from payments import names, own_files, schema, silver
from pyspark import cloudpickle
from pyspark import pipelines as dp
from pyspark.sql import DataFrame, SparkSession, Window
from pyspark.sql.functions import col, expr, row_number

spark = SparkSession.active()
LANDING = spark.conf.get("payments.landing_path")
AUTO_LOADER = spark.conf.get("payments.source_format") == "cloudFiles"
# Workers that run Python code have no access to the package.
cloudpickle.register_pickle_by_value(payments)
STATISTICS = {"delta.dataSkippingStatsColumns": "event_date,event_timestamp,_ingested_at,transaction_id"}

dp.create_streaming_table(
    name=names.BRONZE_TABLE,
    comment="Payment events as they arrived, one row a record, also those that cannot be used or came before",
    schema=schema.ddl(schema.BRONZE_FIELDS, strict=False),
    cluster_by=["event_date"],
    table_properties=STATISTICS,
    expect_all={"usable_record": "_problem IS NULL"},
)


def landed(file_format: str, pattern: str, columns: str, folders: str) -> DataFrame:
    """A stream of the files under `folders` whose names match `pattern`; what cannot be read is passed over."""
    reader = spark.readStream.schema(columns).option("pathGlobFilter", pattern).option("ignoreCorruptFiles", "true")
    if AUTO_LOADER:
        reader = reader.format("cloudFiles").option("cloudFiles.format", file_format)
    else:
        # The plain source forgets files by age and would then skip one that is copied in with its old date.
        reader = reader.format(file_format).option("recursiveFileLookup", "true").option("maxFileAge", "36500d")
    return reader.load(f"{LANDING}/{folders}")


BOTH = f"{{{names.DAILY},{names.INBOX}}}"
PATH = "substring(_metadata.file_path, locate('/Volumes/', _metadata.file_path))"
ARRIVAL = [f"{PATH} AS _source_file", "current_timestamp() AS _ingested_at"]
SIMULATED, PARQUET, JSON = "events-*.parquet", "*.parquet", "*.{json,jsonl,ndjson}*"
BINARY_FILE = "path STRING, modificationTime TIMESTAMP, length BIGINT, content BINARY"


@dp.table(
    name=names.FILES_TABLE,
    comment="Event files that arrived, each once; one of which bronze holds no record could not be read, or holds none",
    schema=schema.ddl(schema.FILE_FIELDS, strict=False),
)
def landing_files_bronze() -> DataFrame:
    """Names, not contents: `content` is not among the columns, so no file is opened."""
    return landed("binaryFile", "*", BINARY_FILE, BOTH).selectExpr(
        f"{PATH} AS path",
        "length AS bytes",
        "modificationTime AS modified_at",
        "current_timestamp() AS listed_at",
    )


@dp.append_flow(target=names.BRONZE_TABLE, name="bronze_from_parquet")
def bronze_from_parquet() -> DataFrame:
    """The simulator's files, whose columns have the types of the schema: they are the record."""
    files = landed("parquet", SIMULATED, schema.ddl(schema.EVENT_FIELDS, strict=False), names.DAILY)
    return files.selectExpr(
        *schema.names(schema.EVENT_FIELDS),
        "CAST(NULL AS STRING) AS _raw",
        *ARRIVAL,
        f"{silver.problem()} AS _problem",
        "to_date(event_timestamp) AS event_date",
    )


@dp.append_flow(target=names.BRONZE_TABLE, name="bronze_from_json")
def bronze_from_json() -> DataFrame:
    """JSON lines: the text is kept, and each field is read from it on its own."""
    return records(landed("text", JSON, "value STRING", BOTH).selectExpr("value", f"{PATH} AS _source_file"))


@dp.append_flow(target=names.BRONZE_TABLE, name="bronze_from_own_parquet")
def bronze_from_own_parquet() -> DataFrame:
    """People's columnar files, with any columns of any types: each row is read like a JSON line."""
    files = landed("binaryFile", PARQUET, BINARY_FILE, names.INBOX)
    paths = files.selectExpr("substring(path, locate('/Volumes/', path)) AS path", f"{PATH} AS _source_file")
    return records(paths.mapInArrow(own_files.json_lines, own_files.COLUMNS))


def records(lines: DataFrame) -> DataFrame:
    """Bronze rows of texts (`value`, `_source_file`): what is no record has its reason, what is blank is none."""
    raw = lines.selectExpr(f"{silver.clean('value')} AS _raw", "_source_file", "current_timestamp() AS _ingested_at")
    read = raw.where("trim(_raw) <> ''").select("*", expr(f"{silver.from_json('_raw')} AS _read"))
    typed = read.selectExpr("_raw", "_source_file", "_ingested_at", "_read", *silver.typed("_read"))
    return typed.selectExpr(
        *schema.names(schema.EVENT_FIELDS),
        "_raw",
        "_source_file",
        "_ingested_at",
        f"{silver.json_problem('_read')} AS _problem",
        "to_date(event_timestamp) AS event_date",
    )


@dp.materialized_view(
    name=names.MERCHANTS_TABLE,
    comment="Merchants, one row each: the newest record that arrived",
    schema=schema.ddl(schema.MERCHANT_FIELDS),
)
def merchants_dim_bronze() -> DataFrame:
    """The merchant files, the newest file winning where a merchant occurs twice."""
    records = spark.read.schema(schema.ddl(schema.MERCHANT_FIELDS, strict=False)).parquet(
        f"{LANDING}/{names.MERCHANTS}"
    )
    newest = Window.partitionBy("merchant_id").orderBy(col("_arrived").desc(), col("_file").desc())
    ranked = records.select(
        "*", expr("_metadata.file_modification_time AS _arrived"), expr("_metadata.file_name AS _file")
    ).select("*", row_number().over(newest).alias("_rank"))
    return ranked.where("_rank = 1 AND merchant_id IS NOT NULL").select(*schema.names(schema.MERCHANT_FIELDS))
