"""A schema of the local workspace with sixteen days of payments and gold, and what its warehouse says to a dataset."""

from __future__ import annotations

import time
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import duckdb
import pyarrow as pa
import sqlglot
from databricks.sdk.service.sql import StatementState

from include.databricks_tasks.statements import bound, rows_of
from include.payments import bootstrap, gold, names, simulator
from tests.conftest import CATALOG, RunningWorkspace
from tests.sql.lakehouse import FIRST_ARRIVAL, Lakehouse

LAST_DAY = date(2026, 11, 16)
DAYS, EVENTS_PER_DAY = 16, 1000


@dataclass(frozen=True)
class Answer:
    """What a statement gave: columns with their SQL types, rows as text, and the seconds that it took."""

    columns: tuple[tuple[str, str], ...]
    rows: list[list[str | None]]
    seconds: float


class House(Lakehouse):
    """The tables of tests/sql, in a schema of the workspace, through the statement API."""

    def __init__(self, workspace: RunningWorkspace, folder: Path):
        self.workspace, self.folder = workspace, folder
        self.name = f"t_{uuid.uuid4().hex[:12]}"
        self.execute(f"CREATE SCHEMA {CATALOG}.{self.name}", {})
        self.make_tables()

    def execute(self, sql: str, parameters: Mapping) -> Sequence[Sequence]:
        return self.ask(sql, parameters).rows

    def ask(self, sql: str, parameters: Mapping | None = None) -> Answer:
        client, began = self.workspace.client, time.perf_counter()
        schema = None if sql.startswith("CREATE SCHEMA") else self.name
        answer = client.statement_execution.execute_statement(
            sql, self.workspace.warehouse_id, catalog=CATALOG, schema=schema, wait_timeout="50s",
            parameters=bound(parameters or {}),
        )  # fmt: skip
        while answer.status.state in (StatementState.PENDING, StatementState.RUNNING):
            answer = client.statement_execution.get_statement(answer.statement_id)
        rows, schema_of = rows_of(client, answer), answer.manifest and answer.manifest.schema
        columns = tuple((one.name, one.type_text) for one in (schema_of and schema_of.columns) or [])
        return Answer(columns, rows, time.perf_counter() - began)

    def fill(self) -> None:
        days = [LAST_DAY - timedelta(days=back) for back in range(DAYS)]
        self.load(pa.concat_tables([simulator.generate(day, EVENTS_PER_DAY, 7) for day in days]), FIRST_ARRIVAL)
        self.execute(
            f"INSERT INTO {names.QUARANTINE_TABLE} VALUES"
            f" ('amount is not above 0', '{{}}', 'txn_1', DATE'{LAST_DAY}', 'a.jsonl', TIMESTAMP'{FIRST_ARRIVAL}')",
            {},
        )
        self.execute(
            f"INSERT INTO {names.FEEDBACK_TABLE} VALUES ('i-1', 'decline_pattern', 'ana', 'invalid', 'chance', 'v1',"
            f" 'p1', TIMESTAMP'{FIRST_ARRIVAL}'), ('i-2', 'decline_pattern', 'ana', 'valid', 'right', 'v1', 'p1',"
            f" TIMESTAMP'{FIRST_ARRIVAL}')",
            {},
        )
        bootstrap.bootstrap(self.execute, CATALOG, self.name)
        self.execute(
            "INSERT INTO incidents_lakehouse (id, created_at, category, incident_key, severity, status, details)"
            f" VALUES ('i-1', TIMESTAMP'{FIRST_ARRIVAL}', 'route_issue', 'psp_primary', 'high', 'open', '{{}}')",
            {},
        )
        gold.refresh(self.execute)
        gold.make_views(self.execute)


def duck_table(duck: duckdb.DuckDBPyConnection, name: str, answer: Answer) -> None:
    """The rows of an answer as a table of DuckDB, with their types."""
    names = [column for column, _ in answer.columns]
    texts = {column: pa.array([row[at] for row in answer.rows], pa.string()) for at, column in enumerate(names)}
    duck.register("texts", pa.table(texts))
    typed = ", ".join(f'CAST("{column}" AS {_duck_type(type_)}) AS "{column}"' for column, type_ in answer.columns)
    duck.execute(f'CREATE OR REPLACE TABLE "{name}" AS SELECT {typed} FROM texts')
    duck.unregister("texts")


def _duck_type(type_: str) -> str:
    return "TIMESTAMPTZ" if type_ == "TIMESTAMP" else sqlglot.exp.DataType.build(type_).sql("duckdb")


def widget_rows(duck: duckdb.DuckDBPyConnection, table: str, query: dict) -> list[dict]:
    """What a widget shows without a filter: its query, over the rows of its dataset."""
    made = {field["name"]: sqlglot.parse_one(field["expression"], dialect="databricks") for field in query["fields"]}
    groups = [str(at) for at, tree in enumerate(made.values(), 1) if not tree.find(sqlglot.exp.AggFunc)]
    shown = ", ".join(f'{tree.sql("duckdb", identify=True)} AS "{name}"' for name, tree in made.items())
    grouped = f" GROUP BY {', '.join(groups)}" if groups and not query["disaggregated"] else ""
    found = duck.execute(f'SELECT {shown} FROM "{table}"{grouped}')
    return [dict(zip(made, row, strict=True)) for row in found.fetchall()]
