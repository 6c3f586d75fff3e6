"""The tables and views that a dataset may read, with their columns: from the SQL files and the pipelines' schemas."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from pathlib import Path

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError
from sqlglot.optimizer.annotate_types import annotate_types
from sqlglot.optimizer.qualify import qualify

from include.payments import names, schema, stream
from include.payments.sql_files import SqlFile, SqlFileError, downstream, read_file

Tables = dict[str, dict[str, str]]
"""Column types by table and column: SQL type names; UNKNOWN where the type cannot be told; {} = columns unknown."""

UNKNOWN = "UNKNOWN"
DIALECT = "databricks"
_FOLDERS = ("sql/bootstrap", "sql/gold/tables", "sql/gold/views")
_PIPELINES = {
    names.BRONZE_TABLE: schema.BRONZE_FIELDS,
    names.SILVER_TABLE: schema.SILVER_FIELDS,
    names.QUARANTINE_TABLE: schema.QUARANTINE_FIELDS,
    names.FILES_TABLE: schema.FILE_FIELDS,
    names.MERCHANTS_TABLE: schema.MERCHANT_FIELDS,
    names.TAXONOMY_TABLE: schema.TAXONOMY_FIELDS,
    names.FEEDBACK_TABLE: schema.FEEDBACK_FIELDS,
    names.SMART_CHECKOUT_TABLE: schema.SMART_CHECKOUT_FIELDS,
    names.STREAM_METRICS_TABLE: stream.METRICS_FIELDS,
    names.STREAM_ALERTS_TABLE: stream.ALERT_FIELDS,
}


@cache
def known_tables(root: Path) -> Tables:
    """What can be read below `root`. A SQL file that is broken is left out: another check reports it."""
    tables = {name: {field.name: field.type for field in fields} for name, fields in _PIPELINES.items()}
    for file in _ordered(_read(root)):
        tables[file.name] = {} if file.is_metric_view else _columns(file, tables)
    return tables


def resolve(tree: exp.Expression, tables: Tables) -> exp.Expression:
    """The query with every column traced to its table, and typed. Raises SqlglotError naming what is not there."""
    read = {table.name for table in tree.find_all(exp.Table)}
    known = {name: columns for name, columns in tables.items() if name in read and columns}
    complete = read - {cte.alias for cte in tree.find_all(exp.CTE)} <= known.keys()
    qualified = qualify(
        tree.copy(), schema=known, dialect=DIALECT, validate_qualify_columns=complete, quote_identifiers=False
    )
    return annotate_types(qualified, schema=known, dialect=DIALECT)


def _read(root: Path) -> list[SqlFile]:
    files = []
    for path in (path for folder in _FOLDERS for path in sorted((root / folder).glob("*.sql"))):
        try:
            files.append(read_file(path))
        except SqlFileError:
            continue
    return files


def _ordered(files: list[SqlFile]) -> Iterable[SqlFile]:
    """Each after what it reads: whoever has more objects made from it comes first."""
    return sorted(files, key=lambda file: -len(downstream(files, file.name)))


def _columns(file: SqlFile, tables: Tables) -> dict[str, str]:
    create = sqlglot.parse_one(file.statements[0].sql, dialect=DIALECT)
    listed = [column.name for column in create.this.expressions]
    if not file.is_view:
        return {column.name: column.args["kind"].sql(DIALECT) for column in create.this.expressions}
    try:
        made = resolve(create.expression, tables).selects
    except SqlglotError:
        made = []
    types = [one.type.sql(DIALECT) if one.type else UNKNOWN for one in made]
    return dict(zip(listed, types if len(types) == len(listed) else [UNKNOWN] * len(listed), strict=True))
