"""The project's own promises: which way imports point, files that an Astro project needs, one set of pins."""

import ast
import re
import tomllib
from pathlib import Path

import pytest
import yaml

PROJECT = Path(__file__).resolve().parents[1]
SOURCES = sorted(path for name in ("dags", "plugins", "include") for path in (PROJECT / name).rglob("*.py"))


def _imports(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.relative_to(PROJECT).as_posix())
def test_imports_point_one_way(path):
    name = path.relative_to(PROJECT).as_posix()
    imports = _imports(path)
    reaches_workspace = any(item.startswith("include.local_workspace") for item in imports)

    assert not reaches_workspace or name.startswith(("include/local_workspace/", "include/commands/"))
    if name.startswith("include/payments/"):
        assert not any(item.startswith(("include", "airflow", "databricks")) for item in imports)
    if name.startswith("include/local_workspace/"):
        assert not any(item.startswith(("airflow", "include.databricks_tasks", "include.payments")) for item in imports)
    if name.startswith("include/databricks_tasks/"):
        assert not any(item.startswith(("include.commands", "dags")) for item in imports)


def test_no_file_is_longer_than_600_lines():
    assert [path.name for path in SOURCES if len(path.read_text().splitlines()) > 600] == []


def test_requirements_do_not_name_airflow_itself():
    lines = (PROJECT / "requirements.txt").read_text().splitlines()

    assert not [line for line in lines if re.match(r"apache-airflow\b(?!-providers)", line)]


def test_the_lock_holds_every_requirement_with_the_pin_that_it_asks_for():
    lock = dict(
        re.findall(r"(?m)^([a-z0-9.-]+)(?:\[[\w,]+\])?==([\w.+]+)", (PROJECT / "requirements.lock").read_text())
    )
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text())["project"]
    asked = [line for line in (PROJECT / "requirements.txt").read_text().splitlines() if line and line[0] != "#"]
    asked += project["optional-dependencies"]["local"]

    for requirement in asked:
        name = re.match(r"[A-Za-z0-9-]+", requirement)[0].lower()
        assert name in lock, f"{name} is not in requirements.lock; run `make lock`"
        exact = re.search(r"==([\w.]+)", requirement)
        assert not exact or lock[name] == exact[1], f"{name}: {lock[name]} in the lock, {exact[1]} asked for"


def test_astro_files_are_what_the_project_uses():
    settings = yaml.safe_load((PROJECT / "airflow_settings.yaml").read_text())["airflow"]

    assert (PROJECT / "Dockerfile").read_text().startswith("FROM astrocrpublic.azurecr.io/runtime:3.3")
    assert (PROJECT / "packages.txt").exists()
    assert settings["connections"][0]["conn_id"] == "databricks_default"
    assert not settings["connections"][0]["conn_password"]
    assert settings["pools"] == [
        {"pool_name": "payment_analysis_shared", "pool_slot": 1, "pool_description": "one at a time: what runs share"}
    ]


def test_no_registry_host_is_written_anywhere_but_in_the_jar_setting():
    hosts = re.compile(r"(repo1?\.maven\.|pypi\.org|registry\.npmjs|crates\.io|proxy\.golang)")
    tracked = [
        path for path in PROJECT.rglob("*") if path.is_file() and path.suffix in (".py", ".md", ".toml", ".txt", "")
    ]
    found = [
        path.relative_to(PROJECT).as_posix()
        for path in tracked
        if not {".venv", ".git", ".workspace", ".airflow"} & set(path.relative_to(PROJECT).parts)
        and hosts.search(path.read_text(errors="ignore"))
    ]

    assert found == ["include/local_workspace/engines/spark/artifacts.py"]
