"""A schema on a real Spark server, its bronze and silver filled from the simulator as the pipelines fill them."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from pyspark.sql import SparkSession

from include.databricks_tasks import statements
from include.local_workspace.engines import parameters as parameter_types
from include.payments import names, schema, silver, simulator, taxonomy

CATALOG = "main"
FIRST_ARRIVAL = datetime(2026, 11, 20, 3, 0, 0)


class Lakehouse:
    """One schema; `execute` is what `include.payments` calls to run a statement."""

    def __init__(self, remote: str, folder: Path):
        self.name = f"s_{uuid.uuid4().hex[:10]}"
        self.folder = folder
        self.spark = SparkSession.builder.remote(remote).create()
        self.spark.conf.set("spark.workspace.catalog", CATALOG)
        self.execute(f"CREATE SCHEMA IF NOT EXISTS {CATALOG}.{self.name}", {})
        self.execute(f"USE {CATALOG}.{self.name}", {})
        self.make_tables()

    def make_tables(self) -> None:
        """The tables of the pipelines, empty but for merchants and taxonomy."""
        tables = {
            names.BRONZE_TABLE: schema.BRONZE_FIELDS,
            names.SILVER_TABLE: schema.SILVER_FIELDS,
            names.QUARANTINE_TABLE: schema.QUARANTINE_FIELDS,
            names.MERCHANTS_TABLE: schema.MERCHANT_FIELDS,
            names.TAXONOMY_TABLE: schema.TAXONOMY_FIELDS,
            names.FEEDBACK_TABLE: schema.FEEDBACK_FIELDS,
        }
        for table, fields in tables.items():
            self.execute(f"CREATE TABLE {table} ({schema.ddl(fields, strict=False)})", {})
        self._insert(names.MERCHANTS_TABLE, simulator.merchants(), "*")
        reasons = [vars(reason) for reason in taxonomy.STANDARD_REASONS]
        self._insert(
            names.TAXONOMY_TABLE,
            pa.Table.from_pylist(reasons),
            "name, `group`, actionability, default_action, recoverable_share, current_timestamp()",
        )

    def execute(self, sql: str, parameters: Mapping) -> Sequence[Sequence]:
        """Rows of a statement, whose parameters have the types that they have on a warehouse."""
        given = [item.as_dict() for item in statements.bound(parameters)]
        return [tuple(row) for row in self.spark.sql(sql, args=parameter_types.bind(given)).collect()]

    def rows(self, sql: str, **parameters) -> list[dict]:
        """Rows of a statement as dictionaries."""
        return [row.asDict() for row in self.spark.sql(sql, args=parameters).collect()]

    def load(self, events: pa.Table, arrived: datetime) -> None:
        """Bronze and silver rows for events that arrive and are processed at `arrived` (UTC)."""
        columns = ", ".join(schema.names(schema.EVENT_FIELDS))
        moment = f"TIMESTAMP '{arrived:%Y-%m-%d %H:%M:%S.%f}'"
        self._insert(
            names.BRONZE_TABLE,
            events,
            f"{columns}, NULL, 'test.parquet', {moment}, {silver.problem()}, to_date(event_timestamp)",
        )
        made = ", ".join(column.replace("current_timestamp()", moment) for column in silver.silver_columns())
        self.execute(
            f"INSERT INTO {names.SILVER_TABLE} SELECT {made} FROM {names.BRONZE_TABLE} AS bronze"
            f" LEFT JOIN (SELECT merchant_id, merchant_name, merchant_country, merchant_risk_tier"
            f" FROM {names.MERCHANTS_TABLE}) USING (merchant_id)"
            f" WHERE _ingested_at = {moment} AND _problem IS NULL"
            f" AND NOT EXISTS (SELECT 1 FROM {names.SILVER_TABLE} AS known"
            f" WHERE known.transaction_id = bronze.transaction_id)",
            {},
        )

    def load_day(self, day: date, events: int, seed: int = 7, arrived: datetime = FIRST_ARRIVAL) -> pa.Table:
        """The simulator's events of a day."""
        made = simulator.generate(day, events, seed)
        self.load(made, arrived)
        return made

    def table(self, name: str) -> pa.Table:
        """Every row of a table or view."""
        return self.spark.table(name).toArrow()

    def close(self) -> None:
        """End the session, not the server."""
        self.spark.client.close()

    def _insert(self, table: str, rows: pa.Table, columns: str) -> None:
        file = self.folder / f"{uuid.uuid4().hex}.parquet"
        pq.write_table(rows, file)
        self.execute(f"INSERT INTO {table} SELECT {columns} FROM parquet.`{file.as_uri()}`", {})
