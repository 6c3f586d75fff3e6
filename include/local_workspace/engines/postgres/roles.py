"""Roles, passwords and databases inside one server, as SQL of its administrator."""

from datetime import datetime

from psycopg import Connection
from psycopg.sql import SQL, Identifier, Literal

SUPERUSER = "databricks_superuser"
_INHERITED = ("pg_read_all_data", "pg_write_all_data", "pg_monitor", "pg_signal_backend")


def prepare(connection: Connection) -> None:
    """What every Lakebase branch has: the group of its administrators, and pgvector in every new database."""
    connection.execute(SQL("CREATE ROLE {} NOLOGIN").format(Identifier(SUPERUSER)))
    for role in _INHERITED:
        connection.execute(SQL("GRANT {} TO {} WITH ADMIN OPTION").format(Identifier(role), Identifier(SUPERUSER)))


def write_role(connection: Connection, name: str, *, login: bool, superuser: bool, attributes: dict) -> None:
    """Create a role, or make an existing one as asked. `attributes`: createdb, createrole, bypassrls."""
    if not _exists(connection, "SELECT 1 FROM pg_roles WHERE rolname = %s", name):
        connection.execute(SQL("CREATE ROLE {}").format(Identifier(name)))
    wanted = {"LOGIN": login}
    for word in ("createdb", "createrole", "bypassrls"):
        wanted[word.upper()] = superuser or bool(attributes.get(word))
    words = SQL(" ").join(SQL(word if on else f"NO{word}") for word, on in wanted.items())
    connection.execute(SQL("ALTER ROLE {} {}").format(Identifier(name), words))
    verb, to = ("GRANT", "TO") if superuser else ("REVOKE", "FROM")
    statement = SQL(f"{verb} {{}} {to} {{}}").format(Identifier(SUPERUSER), Identifier(name))
    connection.execute(statement)


def set_password(connection: Connection, name: str, password: str, until: datetime | None = None) -> None:
    """Only the SCRAM verifier reaches the server. After `until` new logins fail; open sessions stay."""
    verifier = connection.pgconn.encrypt_password(password.encode(), name.encode(), b"scram-sha-256").decode()
    end = until.isoformat() if until else "infinity"
    statement = SQL("ALTER ROLE {} PASSWORD {} VALID UNTIL {}")
    connection.execute(statement.format(Identifier(name), Literal(verifier), Literal(end)))


def drop_role(connection: Connection, name: str) -> None:
    connection.execute(SQL("DROP ROLE IF EXISTS {}").format(Identifier(name)))


def create_database(connection: Connection, name: str, owner: str) -> None:
    connection.execute(SQL("CREATE DATABASE {} OWNER {}").format(Identifier(name), Identifier(owner)))


def change_database(connection: Connection, name: str, new_name: str, owner: str) -> None:
    if new_name != name:
        connection.execute(SQL("ALTER DATABASE {} RENAME TO {}").format(Identifier(name), Identifier(new_name)))
    connection.execute(SQL("ALTER DATABASE {} OWNER TO {}").format(Identifier(new_name), Identifier(owner)))


def drop_database(connection: Connection, name: str) -> None:
    """Drop it, also while clients are connected."""
    connection.execute(SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(Identifier(name)))


def database_exists(connection: Connection, name: str) -> bool:
    return _exists(connection, "SELECT 1 FROM pg_database WHERE datname = %s", name)


def database_size(connection: Connection) -> int:
    """Bytes of all databases of the server."""
    return connection.execute("SELECT COALESCE(SUM(pg_database_size(oid)), 0)::bigint FROM pg_database").fetchone()[0]


def _exists(connection: Connection, query: str, name: str) -> bool:
    return connection.execute(query, (name,)).fetchone() is not None
