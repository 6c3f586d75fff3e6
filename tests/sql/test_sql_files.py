"""SQL files: what is read, what is refused, and what holds for every file of the product."""

from pathlib import Path

import pytest
import sqlglot
from sqlglot import exp

from include.payments import bootstrap, gold, lakebase
from include.payments.sql_files import SQL_FOLDER, SqlFile, SqlFileError, downstream, read_file, read_folder

VIEW = "-- A view.\nCREATE OR REPLACE VIEW {name} (a COMMENT 'a') COMMENT 'v' AS\nSELECT a FROM {source};\n"
FOLDERS = [(folder, "databricks") for folder in (bootstrap.FOLDER, gold.TABLES, gold.VIEWS)]
FOLDERS.append((lakebase.FOLDER, "postgres"))
FILES = [(file, dialect) for folder, dialect in FOLDERS for file in read_folder(folder, dialect)]


def write(folder: Path, name: str, text: str) -> Path:
    path = folder / f"{name}.sql"
    path.write_text(text)
    return path


def refused(folder: Path, text: str) -> str:
    with pytest.raises(SqlFileError) as error:
        read_file(write(folder, "x", text))
    return str(error.value)


def test_objects_come_after_those_that_they_read(tmp_path):
    for name, source in (("a", "b"), ("b", "c"), ("c", "elsewhere")):
        write(tmp_path, name, VIEW.format(name=name, source=source))
    files = read_folder(tmp_path)
    assert [file.name for file in files] == ["c", "b", "a"]
    assert files[0].reads == {"elsewhere"}
    assert downstream(files, "elsewhere") == {"a", "b", "c"}
    assert downstream(files, "b") == {"a"}


def test_objects_that_read_each_other_are_refused(tmp_path):
    write(tmp_path, "a", VIEW.format(name="a", source="b"))
    write(tmp_path, "b", VIEW.format(name="b", source="a"))
    with pytest.raises(SqlFileError, match="read each other"):
        read_folder(tmp_path)


def test_an_empty_folder_is_refused(tmp_path):
    with pytest.raises(SqlFileError, match="no .sql file"):
        read_folder(tmp_path)


def test_statements_know_their_lines_parameters_and_kind(tmp_path):
    text = "-- One.\n-- Two.\nCREATE TABLE t (a STRING COMMENT ';');\n\nINSERT INTO t\nSELECT ';' AS a WHERE :x = :y;\n"
    file = read_file(write(tmp_path, "t", text))
    assert file.comment == "One. Two."
    assert [(one.line, one.defines, sorted(one.parameters)) for one in file.statements] == [
        (3, True, []),
        (5, False, ["x", "y"]),
    ]
    assert file.statements[0].place == "t.sql:3"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("CREATE TABLE x (a STRING);", "x.sql:1: the file must open with comment lines"),
        ("-- Nothing.\n", "x.sql:1: the file holds no statement"),
        ("-- X.\n\nCREATE TABLE x AS\nSELECT a,\nFROM WHERE;", "x.sql:5"),
        ("-- X.\nCREATE TABLE x AS SELECT a FROM s.t;", "x.sql:2: s.t is a qualified name"),
        ("-- X.\nINSERT INTO c.s.x SELECT a FROM t;", "x.sql:2: c.s.x is a qualified name"),
        ("-- X.\nSELECT a FROM t;", "x.sql:2: only statements that create objects or write rows"),
        ("-- X.\nOPTIMIZE x;", "x.sql:2: this statement cannot be checked"),
        ("-- X.\nCREATE TABLE x (a STRING COMMENT 'open);", "x.sql:1"),
    ],
)
def test_a_file_that_cannot_be_used_names_file_and_line(tmp_path, text, message):
    assert message in refused(tmp_path, text)


METRIC = """-- M.
CREATE OR REPLACE VIEW m (`A` COMMENT 'a')
WITH METRICS
LANGUAGE YAML
AS $$
version: 0.1
source: {source}
measures:
  - name: A
    expr: {expr}
$$;
"""


def test_a_metric_view_is_read(tmp_path):
    file = read_file(write(tmp_path, "m", METRIC.format(source="t", expr="SUM(a) FILTER (WHERE b)")))
    assert file.is_metric_view
    assert file.is_view
    assert file.reads == {"t"}


def test_the_expressions_and_the_source_of_a_metric_view_are_checked(tmp_path):
    assert "x.sql:10" in refused(tmp_path, METRIC.format(source="t", expr="SUM(a"))
    assert "bare" in refused(tmp_path, METRIC.format(source="s.t", expr="SUM(a)"))


def test_the_digest_follows_the_statements_not_the_documentation(tmp_path):
    text = VIEW.format(name="a", source="b")
    first = read_file(write(tmp_path, "a", text)).digest
    assert read_file(write(tmp_path, "a", text.replace("A view", "The view"))).digest == first
    assert read_file(write(tmp_path, "a", text.replace("SELECT a", "SELECT b"))).digest != first


@pytest.mark.parametrize(("file", "dialect"), FILES, ids=[f"{file.path.parent.name}/{file.name}" for file, _ in FILES])
def test_every_file_makes_the_object_of_its_name_with_a_comment_on_each_column(file: SqlFile, dialect: str):
    text = file.path.read_text()
    assert "SELECT *" not in text.upper()
    if file.is_metric_view:
        columns = text.split("WITH METRICS")[0]
        named = [line.split("name: ")[1] for line in text.splitlines() if "- name: " in line]
        assert named == [line.split("`")[1] for line in columns.splitlines() if line.startswith("  `")]
        return
    created = sqlglot.parse_one(file.statements[0].sql, dialect=dialect)
    assert created.find(exp.Table).name == file.name
    if dialect == "postgres":
        commented = {one.this.name for one in sqlglot.parse(text, dialect=dialect) if isinstance(one, exp.Comment)}
        assert commented == {column.name for column in created.find_all(exp.ColumnDef)} | {file.name}
    else:
        columns = [column for column in created.this.expressions if not isinstance(column, exp.Constraint)]
        assert columns
        assert all("COMMENT '" in column.sql(dialect=dialect) for column in columns), file.name
        assert created.find(exp.SchemaCommentProperty) is not None


def test_the_folders_are_those_of_the_product():
    assert {path.relative_to(SQL_FOLDER).as_posix() for path in SQL_FOLDER.glob("**/*.sql")} == {
        file.path.relative_to(SQL_FOLDER).as_posix() for file, _ in FILES
    }
