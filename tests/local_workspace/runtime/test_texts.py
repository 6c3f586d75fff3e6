"""Parsers of the run process: notebooks, SQL texts, paths, requirement lines. No engine."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from include.local_workspace.runtime.dbruntime import paths, requirements, source, sqltext
from include.local_workspace.runtime.dbruntime.failures import Sources, clean, describe
from include.local_workspace.runtime.dbruntime.widgets import InputWidgetNotDefined, Widgets

_PIECES = ["'it''s; a string'", '"a;b"', "`odd;name`", "-- note; here\n", "/* x;\ny */", "$$ a; b $$", "a::int", "x"]


@given(st.lists(st.lists(st.sampled_from(_PIECES), min_size=1, max_size=4), max_size=5))
def test_statements_are_cut_at_semicolons_outside_strings_and_comments(pieces):
    statements = ["SELECT " + " ".join(part) for part in pieces]
    cut = sqltext.split(" ;\n".join(statements))
    assert [text for _, text in cut] == [statement.strip() for statement in statements]


@given(st.lists(st.integers(0, 4), min_size=1, max_size=6))
def test_every_statement_knows_its_first_line(gaps):
    text, lines = "", []
    for gap in gaps:
        text += "\n" * gap
        lines.append(text.count("\n"))
        text += "SELECT\n1;"
    assert [line for line, _ in sqltext.split(text)] == lines


def test_empty_pieces_and_comments_alone_are_no_statements():
    assert sqltext.split(" ; ;\n-- only a comment\n; /* and another */") == []


def test_a_script_is_one_statement():
    assert len(sqltext.split("BEGIN\n  SELECT 1;\n  SELECT 2;\nEND;")) == 1


def test_markers_are_neither_casts_nor_json_paths_nor_strings():
    text = "SELECT :a, x::int, doc:field, ':no', /* :no */ (:b_2) FROM t -- :no\nWHERE y=:c"
    assert sqltext.markers(text) == {"a", "b_2", "c"}


def test_cells_know_their_number_line_and_language():
    text = (
        "# Databricks notebook source\n# MAGIC %md\n# MAGIC # Title\n\n# COMMAND ----------\n\n# COMMAND ----------\n\n"
        "# DBTITLE 1,A title\nx = 1\n\n# COMMAND ----------\n\n# MAGIC %sql SELECT 1\n# MAGIC -- two\n"
    )
    cells = source.cells(text, "/nb")
    assert [(cell.number, cell.line, cell.kind) for cell in cells] == [(1, 2, "md"), (3, 10, "python"), (4, 14, "sql")]
    assert cells[1].text.startswith("x = 1")
    assert cells[2].text == "SELECT 1\n-- two\n"


def test_sql_notebooks_have_sql_cells():
    text = "-- Databricks notebook source\nSELECT 1\n\n-- COMMAND ----------\n\n-- MAGIC %python\n-- MAGIC x = 1\n"
    assert [(cell.kind, cell.line) for cell in source.cells(text, "/nb")] == [("sql", 2), ("python", 6)]


def test_a_plain_file_is_no_notebook():
    with pytest.raises(source.NotANotebook, match="first line must be"):
        source.cells("x = 1\n", "/nb")


@given(st.lists(st.text(alphabet="abc #-%\t=()'\"", max_size=20), max_size=12))
def test_lines_of_a_cell_are_lines_of_the_file(lines):
    text = "# Databricks notebook source\n" + "\n".join(lines)
    file = text.split("\n")
    for cell in source.cells(text, "/nb"):
        for offset, line in enumerate(cell.text.split("\n")):
            assert file[cell.line - 1 + offset].endswith(line)


@pytest.mark.parametrize(
    ("path", "plain"),
    [("/Workspace/Shared/a", "/Shared/a"), ("/Shared//a/./b/../c", "/Shared/a/c"), ("file:/Workspace/x", "/x")],
)
def test_workspace_paths_have_one_plain_form(path, plain):
    assert paths.workspace_path(path) == plain


@given(st.lists(st.sampled_from(["..", ".", "a", "b", ""]), max_size=8))
def test_no_path_leads_out_of_the_workspace(parts):
    try:
        plain = paths.workspace_path("/" + "/".join(parts))
    except paths.BadPath:
        return
    assert ".." not in plain.split("/")


def test_links_out_of_a_volume_are_refused(tmp_path, monkeypatch):
    monkeypatch.setenv("VOLUMES_ROOT", str(tmp_path))
    (tmp_path / "c/s/v").mkdir(parents=True)
    (tmp_path / "c/s/v/out").symlink_to("/etc")
    assert paths.local("/Volumes/c/s/v/x") == tmp_path / "c/s/v/x"
    with pytest.raises(paths.BadPath, match="leads out"):
        paths.local("/Volumes/c/s/v/out/passwd")
    with pytest.raises(paths.BadPath, match="does not exist"):
        paths.local("/Volumes/c/s/other/x")


def test_widgets_take_the_given_value_before_the_default():
    widgets = Widgets()
    widgets.give({"n": 5})
    widgets.text("n", "1")
    widgets.combobox("free", "x", ["a"])
    assert widgets.getAll() == {"n": "5", "free": "x"}
    widgets.remove("n")
    with pytest.raises(InputWidgetNotDefined, match="free"):
        widgets.get("n")
    with pytest.raises(ValueError, match="not among its choices"):
        widgets.dropdown("d", "z", ["a"])


def test_requirements_are_compared_with_what_is_installed():
    assert requirements.check(["pytest>=8"])[0].startswith("pytest==")
    with pytest.raises(requirements.Unsatisfied, match=r"pytest<1 is asked for, but pytest .* is installed"):
        requirements.check(["pytest<1"])
    with pytest.raises(ValueError, match="cannot be checked"):
        requirements.check(["git+https://example.com/x"])


def test_jvm_frames_are_cut_and_what_follows_stays():
    frames = "\n\tat a.b(c.scala:1)\n\tat d.e(f.java)\nCaused by: java.lang.Error: x\ny\n\tat g.h(i)\n\t... 3 more"
    text = f"Boom\n\nJVM stacktrace:\norg.apache.SparkException: Boom\nsecond line{frames}\n\nAfter"
    assert clean(text).split() == ["Boom", "After"]


def test_an_error_without_user_frames_tells_its_message():
    assert describe(ValueError("no"), Sources()).error == "ValueError: no"
