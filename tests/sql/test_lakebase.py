"""The Lakebase tables on a real PostgreSQL: made twice, edited by people in between."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest

from include.local_workspace.engines.postgres import Postgres
from include.local_workspace.serve import free_port
from include.payments import kpis, lakebase, seeds, taxonomy
from include.payments.sql_files import SqlFileError, read_file

SCHEMA = "payment_analysis"
SERVER = "lakebase"


@pytest.fixture(scope="module")
def postgres(tmp_path_factory) -> Iterator[Postgres]:
    server = Postgres(tmp_path_factory.mktemp("postgres"), free_port())
    try:
        server.start()
        server.create(SERVER)
        yield server
    finally:
        server.stop()


@pytest.fixture
def database(postgres: Postgres, request) -> Iterator[str]:
    """A new database."""
    name = f"d_{abs(hash(request.node.name))}"
    with postgres.admin(SERVER) as admin:
        admin.execute(f"CREATE DATABASE {name}")
    yield name
    with postgres.admin(SERVER) as admin:
        admin.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def connection(postgres: Postgres, database: str) -> Iterator[psycopg.Connection]:
    with postgres.admin(SERVER, database) as opened:
        opened.autocommit = True
        yield opened


def due():
    return lakebase.tasks("a_catalog", "a_schema", "a_warehouse")


def make(connection) -> list[str]:
    return lakebase.create_tables(connection, SCHEMA, due())


def rows(connection, table: str, columns: str) -> list[tuple]:
    return connection.execute(f"SELECT {columns} FROM {SCHEMA}.{table} ORDER BY 1").fetchall()  # noqa: S608


def everything(connection) -> dict[str, list]:
    return {task.file.name: rows(connection, task.file.name, "*") for task in due()}


def test_all_tables_are_made_with_their_defaults(connection):
    made = make(connection)
    assert set(made) == {task.file.name for task in due()}
    assert len(made) == 17
    assert rows(connection, "app_config", "catalog, schema") == [("a_catalog", "a_schema")]
    settings = dict(rows(connection, "decisionconfig", "key, value"))
    assert settings.keys() == {key for key, _, _ in seeds.DECISION_SETTINGS}
    assert float(settings["risk_threshold_high"]) == kpis.RISK_TIER_HIGH
    codes = {code.code: (code.backoff_seconds, code.max_attempts) for code in taxonomy.RETRYABLE_CODES}
    found = rows(connection, "retryabledeclinecode", "code, default_backoff_seconds, max_attempts")
    assert {code: (seconds, most) for code, seconds, most in found} == codes
    assert [name for (name,) in rows(connection, "routeperformance", "route_name")] == [
        "psp_primary",
        "psp_secondary",
        "psp_tertiary",
    ]
    assert len(rows(connection, "countries", "code")) == 10
    assert dict(rows(connection, "app_settings", "key, value"))["warehouse_id"] == "a_warehouse"


def test_running_again_changes_nothing(connection):
    make(connection)
    before = everything(connection)
    assert make(connection) == []
    assert everything(connection) == before


def test_what_people_edited_or_deleted_stays_so(connection):
    make(connection)
    connection.execute(f"UPDATE {SCHEMA}.decisionconfig SET value = '0.9' WHERE key = 'risk_threshold_high'")
    connection.execute(f"UPDATE {SCHEMA}.app_settings SET value = '5' WHERE key = 'default_events_per_second'")
    connection.execute(f"DELETE FROM {SCHEMA}.approval_rules WHERE id = 'default-auth-1'")
    make(connection)
    assert dict(rows(connection, "decisionconfig", "key, value"))["risk_threshold_high"] == "0.9"
    assert dict(rows(connection, "app_settings", "key, value"))["default_events_per_second"] == "5"
    assert [rule for (rule,) in rows(connection, "approval_rules", "id")] == ["default-retry-1", "default-routing-1"]
    # a new release with another default for a table writes what is missing and still overwrites nothing
    connection.execute(f"UPDATE {SCHEMA}.schema_version SET digest = 'older' WHERE table_name = 'decisionconfig'")
    connection.execute(f"DELETE FROM {SCHEMA}.decisionconfig WHERE key = 'rule_engine_enabled'")
    assert make(connection) == ["decisionconfig"]
    settings = dict(rows(connection, "decisionconfig", "key, value"))
    assert (settings["risk_threshold_high"], settings["rule_engine_enabled"]) == ("0.9", "true")


def test_a_dropped_table_is_made_again(connection):
    make(connection)
    connection.execute(f"DROP TABLE {SCHEMA}.countries")
    assert make(connection) == ["countries"]
    assert len(rows(connection, "countries", "code")) == 10


def test_runs_side_by_side_wait_for_each_other(postgres, database):
    def run(_) -> list[str]:
        with postgres.admin(SERVER, database) as opened:
            return make(opened)

    with ThreadPoolExecutor(4) as pool:
        made = list(pool.map(run, range(4)))
    assert sorted(len(one) for one in made) == [0, 0, 0, 17]


def test_every_table_and_column_has_a_comment(connection):
    make(connection)
    missing = connection.execute(
        """
        SELECT c.relname, a.attname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum >= 0
        WHERE c.relnamespace = %s::regnamespace AND c.relkind = 'r' AND NOT a.attisdropped
          AND coalesce(col_description(c.oid, a.attnum), '') = ''
        UNION ALL
        SELECT relname, '' FROM pg_class
        WHERE relnamespace = %s::regnamespace AND relkind = 'r' AND obj_description(oid) IS NULL
        """,
        (SCHEMA, SCHEMA),
    ).fetchall()
    assert missing == []


@pytest.mark.parametrize(
    "wrong",
    [
        "INSERT INTO approval_rules (id, name, rule_type) VALUES ('a', 'a', 'guessing')",
        "INSERT INTO incident (category, key, severity) VALUES ('fraud_spike', 'k', 'awful')",
        "INSERT INTO decisionoutcome (audit_id, decision_type, outcome) VALUES ('unknown', 'retry', 'approved')",
        "INSERT INTO experimentassignment (experiment_id, subject_key, variant) VALUES ('unknown', 's', 'control')",
        "INSERT INTO authorizationevent (merchant_id, amount_minor, currency, result)"
        " VALUES ('m', -1, 'USD', 'approved')",
        "INSERT INTO routeperformance VALUES ('r', 101, 1, 0.5)",
        "INSERT INTO app_config (id, catalog, schema) VALUES (2, 'c', 's')",
    ],
)
def test_what_cannot_be_is_refused(connection, wrong):
    make(connection)
    connection.execute(f"SET search_path TO {SCHEMA}")
    with pytest.raises(psycopg.errors.IntegrityError):
        connection.execute(wrong)


def test_a_subject_is_in_an_experiment_once(connection):
    make(connection)
    connection.execute(f"SET search_path TO {SCHEMA}")
    connection.execute("INSERT INTO experiment (id, name) VALUES ('e', 'e')")
    assign = "INSERT INTO experimentassignment (experiment_id, subject_key, variant) VALUES ('e', 's', 'control')"
    connection.execute(assign)
    with pytest.raises(psycopg.errors.UniqueViolation):
        connection.execute(assign)


@pytest.mark.parametrize("schema", ["", "a.b", 'a"b', "a;b", "A", "1a", "a" * 64])
def test_a_schema_name_that_is_none_is_refused(connection, schema):
    with pytest.raises(SqlFileError, match="no PostgreSQL schema name"):
        lakebase.create_tables(connection, schema, due())


def test_a_broken_statement_names_its_place_and_leaves_nothing_behind(connection, tmp_path):
    path = tmp_path / "broken.sql"
    path.write_text("-- Broken.\nCREATE TABLE broken (a integer);\n\nINSERT INTO broken\nSELECT 1 / 0;\n")
    broken = lakebase.Task(read_file(path, "postgres"), {})
    with pytest.raises(SqlFileError, match=r"broken.sql:4: division by zero"):
        lakebase.create_tables(connection, SCHEMA, [*due(), broken])
    assert connection.execute("SELECT to_regnamespace(%s)", (SCHEMA,)).fetchone() == (None,)
