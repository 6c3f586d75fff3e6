import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from include.local_workspace.engines.spark.unity_sql import UnityStatement, UnitySyntaxError, parse


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        ("CREATE CATALOG main", UnityStatement("CREATE CATALOG", "CATALOG", ("main",))),
        (
            "create catalog if not exists `my-cat` comment 'it''s \\'mine\\'';",
            UnityStatement("CREATE CATALOG", "CATALOG", ("my-cat",), if_not_exists=True, comment="it's 'mine'"),
        ),
        (
            "CREATE CATALOG c MANAGED LOCATION 's3://x' COMMENT \"y\"",
            UnityStatement("CREATE CATALOG", "CATALOG", ("c",), location="s3://x", comment="y"),
        ),
        (
            "-- why\n/* how */ CREATE VOLUME IF NOT EXISTS c.s.`raw data` COMMENT 'a -- b'",
            UnityStatement("CREATE VOLUME", "VOLUME", ("c", "s", "raw data"), if_not_exists=True, comment="a -- b"),
        ),
        (
            "CREATE EXTERNAL VOLUME v LOCATION '/x'",
            UnityStatement("CREATE VOLUME", "VOLUME", ("v",), location="/x"),
        ),
        (
            "DROP CATALOG IF EXISTS c CASCADE",
            UnityStatement("DROP CATALOG", "CATALOG", ("c",), if_exists=True, cascade=True),
        ),
        ("drop volume c.s.v", UnityStatement("DROP VOLUME", "VOLUME", ("c", "s", "v"))),
        ("DESC CATALOG EXTENDED c", UnityStatement("DESCRIBE CATALOG", "CATALOG", ("c",), extended=True)),
        ("DESCRIBE VOLUME c.s.v", UnityStatement("DESCRIBE VOLUME", "VOLUME", ("c", "s", "v"))),
        ("COMMENT ON VOLUME c.s.v IS 'x'", UnityStatement("COMMENT ON", "VOLUME", ("c", "s", "v"), comment="x")),
        ("COMMENT ON DATABASE c.s IS 'x'", UnityStatement("COMMENT ON", "SCHEMA", ("c", "s"), comment="x")),
        ("COMMENT ON CATALOG c IS NULL", UnityStatement("COMMENT ON", "CATALOG", ("c",))),
        ("SHOW VOLUMES", UnityStatement("SHOW VOLUMES", "SCHEMA")),
        ("SHOW VOLUMES IN c.s LIKE 'r*'", UnityStatement("SHOW VOLUMES", "SCHEMA", ("c", "s"), pattern="r*")),
        (
            "GRANT USE CATALOG, select ON CATALOG c TO `data readers`",
            UnityStatement("GRANT", "CATALOG", ("c",), privileges=("USE CATALOG", "SELECT"), principal="data readers"),
        ),
        (
            "GRANT ALL ON c.s.t TO a.b@example.com",
            UnityStatement(
                "GRANT", "TABLE", ("c", "s", "t"), privileges=("ALL PRIVILEGES",), principal="a.b@example.com"
            ),
        ),
        (
            "REVOKE SELECT ON DATABASE c.s FROM 'me'",
            UnityStatement("REVOKE", "SCHEMA", ("c", "s"), privileges=("SELECT",), principal="me"),
        ),
        ("SHOW GRANTS ON METASTORE", UnityStatement("SHOW GRANTS", "METASTORE")),
        ("SHOW GRANTS me@x ON TABLE c.s.t", UnityStatement("SHOW GRANTS", "TABLE", ("c", "s", "t"), principal="me@x")),
        (
            "ALTER TABLE c.s.t SET OWNER TO bob",
            UnityStatement("ALTER OWNER", "TABLE", ("c", "s", "t"), principal="bob"),
        ),
    ],
)
def test_reads_a_statement(statement, expected):
    assert parse(statement) == expected


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT 1",
        "CREATE TABLE catalog (a INT)",
        "CREATE SCHEMA c.s",
        "COMMENT ON TABLE c.s.t IS 'x'",
        "ALTER TABLE c.s.t ADD COLUMN owner STRING",
        "ALTER VIEW v AS SELECT 1",
        "SHOW TABLES",
        "DESCRIBE TABLE c.s.t",
        "-- GRANT x ON y TO z\nSELECT 1",
        "SELECT 'GRANT SELECT ON t TO me'",
        "",
        "GRANTED",
    ],
)
def test_leaves_the_rest_to_spark(statement):
    assert parse(statement) is None


def test_puts_parameters_into_names_and_comments():
    read = parse("CREATE VOLUME IDENTIFIER(:c || '.s.v') COMMENT :why", {"c": "main", "why": "because"})
    assert (read.name, read.comment) == (("main", "s", "v"), "because")
    with pytest.raises(UnitySyntaxError, match=":c"):
        parse("CREATE CATALOG IDENTIFIER(:c)")


@pytest.mark.parametrize(
    ("statement", "where"),
    [
        ("CREATE CATALOG", r"expected a name.*line 1, pos 14"),
        ("CREATE VOLUME v\n  COMENT 'x'", r"'COMENT'.*line 2, pos 2"),
        ("GRANT ON TABLE t TO x", "expected a privilege"),
        ("GRANT SELECT ON TABLE t FROM x", "expected TO"),
        ("DROP CATALOG a b", "expected the end"),
    ],
)
def test_says_where_a_statement_is_wrong(statement, where):
    with pytest.raises(UnitySyntaxError, match=where) as wrong:
        parse(statement)
    assert wrong.value.sqlstate == "42601"


@given(st.lists(st.text(string.printable, min_size=1, max_size=20), min_size=1, max_size=3), st.text(string.printable))
def test_any_quoted_name_and_comment_come_back(parts, comment):
    name = ".".join("`" + part.replace("`", "``") + "`" for part in parts)
    literal = "'" + comment.replace("\\", "\\\\").replace("'", "''") + "'"
    read = parse(f"CREATE VOLUME {name} COMMENT {literal}")
    assert (read.name, read.comment) == (tuple(parts), comment)


@given(st.text(max_size=200))
def test_any_text_is_read_or_refused_clearly(text):
    for start in ("", "GRANT ", "CREATE CATALOG ", "SHOW GRANTS ", "ALTER TABLE "):
        try:
            read = parse(start + text)
        except UnitySyntaxError as refused:
            assert refused.args[0]
        else:
            assert read is None or read.kind
