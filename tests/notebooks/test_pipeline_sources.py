"""The pipeline sources hold only what Lakeflow accepts, and describe every table that they make."""

import ast
from pathlib import Path

import pytest

SOURCES = sorted((Path(__file__).parents[2] / "notebooks" / "pipelines").glob("*.py"))
DATASETS = {"table", "materialized_view", "create_streaming_table"}
DECORATORS = {"table", "materialized_view", "temporary_view", "append_flow"}
EXPECTATIONS = {"expect", "expect_or_drop", "expect_or_fail", "expect_all", "expect_all_or_drop", "expect_all_or_fail"}
ALLOWED = DATASETS | DECORATORS | EXPECTATIONS | {"create_auto_cdc_flow", "create_sink"}
# What would run, write or change something while the graph is being read, or is not allowed in a pipeline at all.
FORBIDDEN_CALLS = {
    "collect", "count", "toPandas", "toArrow", "show", "head", "first", "take", "save", "saveAsTable", "insertInto",
    "start", "toTable", "cache", "persist", "checkpoint", "createOrReplaceTempView", "createTempView", "pivot",
    "foreachBatch", "sql", "addArtifact",
}  # fmt: skip
FORBIDDEN_ATTRIBUTES = {"write", "writeStream", "writeTo", "rdd", "sparkContext", "_jvm"}


def violations(source: str) -> list[str]:
    """What Lakeflow would refuse, or this project forbids, with line numbers."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import | ast.ImportFrom):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else [node.module or ""]
            found += [f"{node.lineno}: imports {name}" for name in names if name.split(".")[0] in ("dlt", "databricks")]
        elif isinstance(node, ast.Name) and node.id in ("dbutils", "display", "print"):
            found.append(f"{node.lineno}: uses {node.id}")
        elif isinstance(node, ast.Attribute) and node.attr in FORBIDDEN_ATTRIBUTES:
            found.append(f"{node.lineno}: uses .{node.attr}")
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            found += _call(node, node.func)
    return found


def _call(node: ast.Call, function: ast.Attribute) -> list[str]:
    if not (isinstance(function.value, ast.Name) and function.value.id == "dp"):
        return [f"{node.lineno}: calls .{function.attr}()"] if function.attr in FORBIDDEN_CALLS else []
    if function.attr not in ALLOWED:
        return [f"{node.lineno}: dp.{function.attr} is not part of Lakeflow's API"]
    given = {keyword.arg for keyword in node.keywords}
    needed = {"name", "comment", "schema"} if function.attr in DATASETS else set()
    return [f"{node.lineno}: dp.{function.attr} without {missing}" for missing in sorted(needed - given)]


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.stem)
def test_sources_hold_only_what_lakeflow_accepts(path):
    assert violations(path.read_text()) == []


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.stem)
def test_sources_are_plain_files_that_say_what_they_are(path):
    text = path.read_text()
    assert not text.startswith("# Databricks notebook source")
    assert ast.get_docstring(ast.parse(text))


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("import dlt", "imports dlt"),
        ("from databricks.sdk.runtime import dbutils", "imports databricks"),
        ("dbutils.fs.ls('/')", "uses dbutils"),
        ("n = frame.count()", "calls .count()"),
        ("frame.write.saveAsTable('t')", "uses .write"),
        ("spark.sql('DROP TABLE t')", "calls .sql()"),
        ("dp.expect_or_warn('a', 'b')", "not part of Lakeflow"),
        ("dp.create_streaming_table(name='t', comment='c')", "without schema"),
    ],
)
def test_what_lakeflow_refuses_is_found(line, why):
    assert any(why in violation for violation in violations(line))


def test_de_duplication_of_days_has_no_watermark():
    """A watermark would drop backfilled days and late events without a word."""
    assert "withWatermark" not in next(path for path in SOURCES if path.stem == "silver_transform").read_text()
