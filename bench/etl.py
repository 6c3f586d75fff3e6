"""A day of 1 million events through ETL and gold, beside peers that do the same work on the same files in the same run.

Plain Spark SQL writes what the product writes, as Parquet: bronze, silver (each event once, also against the days
before, with its merchant and all derived columns), quarantine, decision log, checkout decisions and the seven daily
gold tables; it has a Spark server of its own, as whoever comes second on one finds its code compiled. DuckDB makes
silver and gold, Polars silver and the two largest of gold. What only the product has: transactions, a file list, exact
counts of expectations, and that it goes on after a kill. Each runs twice on days of their own; the second run counts,
when code is compiled and files are in memory.
"""

import tempfile
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path

import duckdb
import sqlglot

from bench import Figure, etl_polars
from bench.local import Local
from bench.product import Product, bootstrapped
from include.payments import gold, names, schema, silver
from include.payments.simulator import Settings, land, prepare_folders

_DAYS, _EVENTS = (date(2026, 11, 1), date(2026, 11, 2)), 1_000_000
_NIGHT, _NIGHT_EVENTS = date(2026, 11, 3), 20_000
_FIELDS = ", ".join(f"`{name}`" for name in schema.names(schema.EVENT_FIELDS))
_DUCK_MACROS = (
    "CREATE OR REPLACE MACRO hll_sketch_agg(x) AS approx_count_distinct(x)",
    "CREATE OR REPLACE MACRO array_length(x) AS len(list_distinct(x))",
)


def run() -> list[Figure]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with Local(folder / "product") as local:
            local.start()
            product = bootstrapped(folder / "product" / "workspace", "etl")
            pipeline_id = product.pipeline()
            took = [_product(product, pipeline_id, day, _EVENTS) for day in _DAYS][-1]
            night = _product(product, pipeline_id, _NIGHT, _NIGHT_EVENTS)
            rows = product.execute(f"SELECT count(*) FROM {names.SILVER_TABLE} WHERE event_date = '{_DAYS[-1]}'", {})
        with Local(folder / "plain") as local:
            local.start()
            plain = bootstrapped(folder / "plain" / "workspace", "etl")
            for day in _DAYS:
                _land(plain, day, _EVENTS)
            spark = [_timed(lambda day=day: _spark(plain, day)) for day in _DAYS][-1]
        duck = [_timed(lambda day=day: _duckdb(plain.landing, day, folder)) for day in _DAYS][-1]
        polars = [_timed(lambda day=day: etl_polars.run(plain.landing, day, folder)) for day in _DAYS][-1]
    if int(rows[0][0]) != _EVENTS:
        raise SystemExit(f"silver holds {rows[0][0]} of {_EVENTS} events")
    return [
        Figure(f"ETL and gold, {_EVENTS} events", took, "s", spark),
        Figure("plain Spark SQL, the same tables as Parquet", spark, "s"),
        Figure("DuckDB, silver and 7 gold tables", duck, "s"),
        Figure("Polars, silver and 2 gold tables", polars, "s"),
        Figure(f"ETL and gold, a night of {_NIGHT_EVENTS} events", night, "s", 15),
    ]


def _timed(work: Callable[[], None]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def _land(product: Product, day: date, events: int) -> None:
    land(product.landing, day, Settings(events, 7, duplicate_rate=0.001))
    prepare_folders(product.landing, day)


def _product(product: Product, pipeline_id: str, day: date, events: int) -> float:
    """Seconds for a day that has landed."""
    _land(product, day, events)
    return product.to_gold(pipeline_id)


def _silver(events: str, usable: str, merchants: str) -> str:
    """The silver rows of the events that are usable, as one query in Databricks' dialect."""
    return f"""
        WITH ranked AS (
          SELECT {_FIELDS}, current_timestamp() AS _ingested_at, 'file' AS _source_file,
            row_number() OVER (PARTITION BY transaction_id ORDER BY event_timestamp) AS arrival
          FROM {events} WHERE {usable})
        SELECT {", ".join(silver.silver_columns())}
        FROM ranked LEFT JOIN (
          SELECT merchant_id, merchant_name, merchant_country, merchant_risk_tier FROM {merchants}) USING (merchant_id)
        WHERE arrival = 1"""


def _gold(day: date) -> dict[str, str]:
    """The query of each daily table for a day."""
    found = {}
    for task in gold.tables():
        loading, values = gold.for_dates(*task.file.loading, [str(day)])
        select = sqlglot.parse_one(loading.sql, dialect="databricks").expression.sql("databricks")
        for name, value in values.items():
            select = select.replace(f":{name}", f"DATE'{value}'")
        found[task.file.name] = select
    return found


def _spark(product: Product, day: date) -> None:
    raw = f"/Volumes/bench/etl/{names.RAW_DATA}"
    events = _silver("plain_bronze", "_problem IS NULL", f"parquet.`{raw}/{names.MERCHANTS}`")
    if product.execute("SHOW TABLES LIKE 'plain_ids'", {}):
        events += " AND NOT EXISTS (SELECT 1 FROM plain_ids WHERE plain_ids.transaction_id = ranked.transaction_id)"
    made = {
        "bronze": f"SELECT {_FIELDS}, {silver.problem()} AS _problem FROM parquet.`{raw}/{names.DAILY}/{day}`",
        "silver": events,
        "quarantine": f"SELECT _problem, to_json(struct({_FIELDS})) AS raw FROM plain_bronze "
        "WHERE _problem IS NOT NULL",
        "decision_log": f"SELECT {', '.join(silver.decision_log_columns())} FROM plain_silver",
        "checkout": f"SELECT {', '.join(silver.checkout_columns())} FROM plain_silver",
        "ids": "SELECT transaction_id FROM plain_silver",
        **{name: select.replace(names.SILVER_TABLE, "plain_silver") for name, select in _gold(day).items()},
    }
    for name, select in made.items():
        product.execute(f"DROP TABLE IF EXISTS plain_{name}", {})
        product.execute(f"CREATE TABLE plain_{name} USING parquet AS {select}", {})


def _duckdb(landing: Path, day: date, folder: Path) -> None:
    query = _silver("events", f"{silver.problem()} IS NULL", "merchants")
    with duckdb.connect() as duck:
        duck.execute("SET TimeZone = 'UTC'")
        for macro in _DUCK_MACROS:
            duck.execute(macro)
        for name, files in (("events", landing / names.DAILY / str(day)), ("merchants", landing / names.MERCHANTS)):
            duck.execute(f"CREATE VIEW {name} AS SELECT * FROM read_parquet('{files}/*.parquet')")
        duck.execute(f"CREATE TABLE {names.SILVER_TABLE} AS {_in_duckdb(query)}")
        duck.execute(f"COPY {names.SILVER_TABLE} TO '{folder}/duck_silver.parquet'")
        for name, select in _gold(day).items():
            duck.execute(f"COPY ({_in_duckdb(select)}) TO '{folder}/duck_{name}.parquet'")


def _in_duckdb(sql: str) -> str:
    return sqlglot.transpile(sql, read="databricks", write="duckdb")[0]
