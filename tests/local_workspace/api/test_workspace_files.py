"""The Workspace API: notebooks, files and folders, as plain files that runs can read."""

import base64
import json
import uuid

import pytest
import requests
from databricks.sdk.errors import (
    BadRequest,
    DatabricksError,
    InvalidParameterValue,
    NotImplemented,
    ResourceAlreadyExists,
    ResourceDoesNotExist,
)
from databricks.sdk.service.workspace import ExportFormat, ImportFormat, Language, ObjectType
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st


@pytest.fixture
def folder(workspace):
    path = f"/Shared/t_{uuid.uuid4().hex[:10]}"
    workspace.client.workspace.mkdirs(path)
    return path


def put(workspace, path, source, language=Language.PYTHON, **more):
    content = base64.b64encode(source.encode()).decode()
    workspace.client.workspace.import_(path, content=content, format=ImportFormat.SOURCE, language=language, **more)


def source(workspace, path) -> str:
    return base64.b64decode(workspace.client.workspace.export(path, format=ExportFormat.SOURCE).content).decode()


def listing(workspace, path) -> list[tuple[str, ObjectType]]:
    return [(one.path.rpartition("/")[2], one.object_type) for one in workspace.client.workspace.list(path)]


def test_folders_that_exist_from_the_start(workspace):
    me = workspace.client.current_user.me().user_name
    for path in ("/", "/Shared", "/Users", f"/Users/{me}", f"/Workspace/Users/{me}", "/Workspace"):
        assert workspace.client.workspace.get_status(path).object_type == ObjectType.DIRECTORY


def test_a_notebook_is_kept_as_its_source_file(workspace, folder):
    put(workspace, f"{folder}/nb", "print(1)")
    put(workspace, f"{folder}/q", "-- Databricks notebook source\nSELECT 1", Language.SQL)

    told = workspace.client.workspace.get_status(f"/Workspace{folder}/nb")
    assert (told.path, told.object_type, told.language) == (f"{folder}/nb", ObjectType.NOTEBOOK, Language.PYTHON)
    assert told.object_id == workspace.client.workspace.get_status(f"{folder}/nb").object_id
    assert source(workspace, f"{folder}/nb") == "# Databricks notebook source\nprint(1)"
    files = workspace.home / "files" / folder.removeprefix("/")
    assert (files / "nb.py").read_text() == "# Databricks notebook source\nprint(1)"
    assert (files / "q.sql").read_text().endswith("SELECT 1")
    assert listing(workspace, folder) == [("nb", ObjectType.NOTEBOOK), ("q", ObjectType.NOTEBOOK)]


def test_auto_tells_notebooks_from_files(workspace, folder):
    upload = workspace.client.workspace.upload
    upload(f"{folder}/module.py", b"x = 1\n", format=ImportFormat.AUTO)
    upload(f"{folder}/nb.py", b"# Databricks notebook source\nx = 1\n", format=ImportFormat.AUTO)
    upload(f"{folder}/data.bin", bytes(range(256)), format=ImportFormat.AUTO)
    upload(f"{folder}/raw", b"raw", format=ImportFormat.RAW)

    assert listing(workspace, folder) == [
        ("data.bin", ObjectType.FILE), ("module.py", ObjectType.FILE), ("nb", ObjectType.NOTEBOOK),
        ("raw", ObjectType.FILE),
    ]  # fmt: skip
    assert workspace.client.workspace.get_status(f"{folder}/data.bin").size == 256
    assert workspace.client.workspace.download(f"{folder}/data.bin").read() == bytes(range(256))


def test_jupyter_goes_in_and_comes_out(workspace, folder):
    cells = [
        {"cell_type": "markdown", "metadata": {}, "source": ["# Title\n", "text"]},
        {"cell_type": "code", "metadata": {}, "outputs": [], "source": ["x = 1\n", "print(x)"]},
    ]
    notebook = {"cells": cells, "metadata": {"language_info": {"name": "python"}}, "nbformat": 4, "nbformat_minor": 5}
    workspace.client.workspace.upload(f"{folder}/j", json.dumps(notebook).encode(), format=ImportFormat.JUPYTER)

    text = source(workspace, f"{folder}/j")
    assert text.startswith("# Databricks notebook source\n# MAGIC %md\n# MAGIC # Title\n# MAGIC text\n")
    assert "# COMMAND ----------\n\nx = 1\nprint(x)" in text
    out = json.loads(workspace.client.workspace.download(f"{folder}/j", format=ExportFormat.JUPYTER).read())
    assert [(cell["cell_type"], "".join(cell["source"])) for cell in out["cells"]] == [
        ("markdown", "# Title\ntext"), ("code", "x = 1\nprint(x)"),
    ]  # fmt: skip


def test_nothing_is_replaced_without_overwrite(workspace, folder):
    put(workspace, f"{folder}/nb", "a")
    before = workspace.client.workspace.get_status(f"{folder}/nb")

    with pytest.raises(ResourceAlreadyExists, match="already exists"):
        put(workspace, f"{folder}/nb", "b")
    put(workspace, f"{folder}/nb", "SELECT 2", Language.SQL, overwrite=True)
    after = workspace.client.workspace.get_status(f"{folder}/nb")
    assert (after.language, after.object_id) == (Language.SQL, before.object_id)
    assert listing(workspace, folder) == [("nb", ObjectType.NOTEBOOK)]


def test_kinds_do_not_replace_each_other(workspace, folder):
    workspace.client.workspace.upload(f"{folder}/thing", b"x", format=ImportFormat.RAW)
    workspace.client.workspace.mkdirs(f"{folder}/folder")

    with pytest.raises(InvalidParameterValue, match="type mismatch"):
        put(workspace, f"{folder}/thing", "x", overwrite=True)
    with pytest.raises(InvalidParameterValue, match="type mismatch"):
        put(workspace, f"{folder}/folder", "x", overwrite=True)
    with pytest.raises(ResourceAlreadyExists, match="not a folder"):
        workspace.client.workspace.mkdirs(f"{folder}/thing/below")


def test_what_is_missing_says_so(workspace, folder):
    api = workspace.client.workspace
    for call in (
        lambda: put(workspace, f"{folder}/no/nb", "x"),
        lambda: api.get_status(f"{folder}/no"),
        lambda: list(api.list(f"{folder}/no")),
        lambda: api.export(f"{folder}/no"),
        lambda: api.delete(f"{folder}/no"),
    ):
        with pytest.raises(ResourceDoesNotExist, match=r"Path \(.*/no\) doesn't exist\."):
            call()


def test_deleting(workspace, folder):
    api = workspace.client.workspace
    put(workspace, f"{folder}/sub", "x")
    api.mkdirs(f"{folder}/deep/er")

    with pytest.raises(BadRequest, match="not empty"):
        api.delete(folder)
    api.delete(f"{folder}/sub")
    api.delete(folder, recursive=True)
    assert folder.rpartition("/")[2] not in [name for name, _ in listing(workspace, "/Shared")]
    for path in ("/", "/Shared", "/Users"):
        with pytest.raises(InvalidParameterValue, match="cannot be deleted"):
            api.delete(path, recursive=True)


def test_a_new_object_has_a_new_id(workspace, folder):
    put(workspace, f"{folder}/nb", "x")
    before = workspace.client.workspace.get_status(f"{folder}/nb").object_id
    workspace.client.workspace.delete(f"{folder}/nb")
    put(workspace, f"{folder}/nb", "x")
    assert workspace.client.workspace.get_status(f"{folder}/nb").object_id > before


def test_what_cannot_be_done_is_refused(workspace, folder):
    put(workspace, f"{folder}/nb", "x")
    with pytest.raises(NotImplemented, match="DBC"):
        workspace.client.workspace.export(folder, format=ExportFormat.DBC)
    with pytest.raises(NotImplemented):
        workspace.client.workspace.import_(f"{folder}/html", content="", format=ImportFormat.HTML)
    with pytest.raises(InvalidParameterValue, match="needs language"):
        workspace.client.workspace.import_(f"{folder}/x", content="eA==", format=ImportFormat.SOURCE)
    with pytest.raises(InvalidParameterValue, match="base64"):
        workspace.client.workspace.import_(f"{folder}/x", content="not base64!", format=ImportFormat.RAW)
    with pytest.raises(DatabricksError, match="not a Jupyter notebook"):
        workspace.client.workspace.upload(f"{folder}/x", b"{}", format=ImportFormat.JUPYTER)


@given(path=st.text(st.characters(codec="utf-8"), max_size=40))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_path_is_kept_below_files_or_refused(workspace, folder, path):
    outside = sorted(file.name for file in workspace.home.iterdir() if file.name[:6] != ".part-")
    asked = {"path": f"{folder}/{path}", "format": "RAW", "content": base64.b64encode(path.encode()).decode()}
    answer = requests.post(
        f"{workspace.host}/api/2.0/workspace/import", json={**asked, "overwrite": True},
        headers={"Authorization": f"Bearer {workspace.token}"},
    )  # fmt: skip

    assert answer.status_code in (200, 400, 404), answer.text
    assert sorted(file.name for file in workspace.home.iterdir() if file.name[:6] != ".part-") == outside


@pytest.mark.parametrize(
    "path", ["relative", "", "/Shared/../../x", "/Shared/./x", "/Shared//x", "/Shared/\0", "/" + "x" * 300]
)
def test_bad_paths_are_refused(workspace, path):
    answer = requests.post(
        f"{workspace.host}/api/2.0/workspace/mkdirs", json={"path": path},
        headers={"Authorization": f"Bearer {workspace.token}"},
    )  # fmt: skip
    assert (answer.status_code, answer.json()["error_code"]) == (400, "INVALID_PARAMETER_VALUE")
