"""Taking the Lakebase tables away: those that we recorded, never with CASCADE, never what others made."""

import psycopg
import pytest

from include.payments import lakebase_removal

from .test_lakebase import SCHEMA, connection, database, due, make, postgres  # noqa: F401


def test_ours_and_the_schema_go_and_again_changes_nothing(connection):  # noqa: F811
    make(connection)
    found = lakebase_removal.find(connection, SCHEMA)
    assert set(found.ours) == {task.file.name for task in due()}
    assert (found.others, found.serves) == ((), "a_catalog.a_schema")

    for _ in range(2):
        lakebase_removal.drop(connection, SCHEMA, found.ours)

    assert lakebase_removal.find(connection, SCHEMA) == lakebase_removal.Found((), (), None)
    assert connection.execute("SELECT to_regnamespace(%s)", (SCHEMA,)).fetchone() == (None,)


def test_what_others_made_stays_and_keeps_the_schema(connection):  # noqa: F811
    make(connection)
    connection.execute(f"CREATE TABLE {SCHEMA}.theirs (n serial)")
    connection.execute(f"CREATE FUNCTION {SCHEMA}.twice(n int) RETURNS int LANGUAGE sql RETURN 2 * n")

    found = lakebase_removal.find(connection, SCHEMA)
    lakebase_removal.drop(connection, SCHEMA, found.ours)

    assert found.others == (f"{SCHEMA}.theirs", f"{SCHEMA}.twice()")
    assert lakebase_removal.find(connection, SCHEMA).others == found.others


def test_a_view_of_others_on_one_of_our_tables_keeps_all_of_them_and_is_named(connection):  # noqa: F811
    make(connection)
    connection.execute(f"CREATE VIEW {SCHEMA}.v_theirs AS SELECT * FROM {SCHEMA}.countries")
    found = lakebase_removal.find(connection, SCHEMA)

    with pytest.raises(psycopg.errors.DependentObjectsStillExist, match="v_theirs"):
        lakebase_removal.drop(connection, SCHEMA, found.ours)

    assert lakebase_removal.find(connection, SCHEMA) == found


def test_tables_of_our_names_in_a_schema_without_our_record_are_not_ours(connection):  # noqa: F811
    connection.execute(f"CREATE SCHEMA {SCHEMA}")
    connection.execute(f"CREATE TABLE {SCHEMA}.countries (n int)")

    assert lakebase_removal.find(connection, SCHEMA).ours == ()
