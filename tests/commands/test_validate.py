"""`make validate` finds what is broken, each planted here in a copy of the project."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[2]


@pytest.fixture
def copy(tmp_path):
    for name in ("dags", "sql", "notebooks", "dashboards"):
        if (PROJECT / name).exists():
            shutil.copytree(PROJECT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / "dashboards").mkdir(exist_ok=True)
    return tmp_path


def _validate(root: Path) -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, "-m", "include.commands.validate", "--root", str(root)],
        cwd=PROJECT, capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    return done.returncode, done.stdout + done.stderr[-2000:]


def test_the_project_itself_is_clean(copy):
    code, output = _validate(copy)

    assert code == 0, output
    assert "0 findings" in output


def test_finds_everything_that_was_planted_with_file_and_line(copy):
    (copy / "sql/gold/views/v_planted.sql").write_text(
        "-- A view that cannot be.\nCREATE OR REPLACE VIEW v_planted AS\nSELECT count(*\nFROM silver\n"
    )
    (copy / "sql/gold/views/v_qualified.sql").write_text(
        "-- A view with a qualified name.\nCREATE OR REPLACE VIEW v_qualified AS SELECT 1 AS n FROM c.s.t\n"
    )
    (copy / "dags/planted.py").write_text("import airflow  # for a DAG\n\nimport no_such_module_at_all\n")
    (copy / "notebooks/planted.py").write_text("# Databricks notebook source\n\n# COMMAND ----------\n\ndef broken(:\n")
    (copy / "notebooks/magic.py").write_text("# Databricks notebook source\n# MAGIC %scala 1\n")
    (copy / "dashboards/planted.lvdash.json").write_text('{"datasets": [,]}')
    (copy / "dashboards/widget.lvdash.json").write_text(
        '{"datasets": [{"name": "d", "query": "SELECT 1"}], "pages": [{"name": "p", "layout": [{"widget": '
        '{"name": "w", "queries": [{"query": {"datasetName": "other"}}]}}]}]}'
    )
    (copy / "include/genie").mkdir(parents=True)
    (copy / "include/genie/planted.json").write_text('{"version": 2,}')

    code, output = _validate(copy)

    assert code == 1
    for expected in (
        "sql/gold/views/v_planted.sql:",
        "sql/gold/views/v_qualified.sql:2",
        "dags/planted.py:3: ModuleNotFoundError",
        "notebooks/planted.py:5:",
        "notebooks/magic.py:2: unknown magic %scala",
        "dashboards/planted.lvdash.json:1: not JSON",
        "dashboards/widget.lvdash.json:1: page p, widget w: pages.layout.widget.queries.name: Field required",
        "include/genie/planted.json:1: not JSON",
    ):
        assert expected in output, output
