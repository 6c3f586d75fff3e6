"""PostgreSQL 18 behind the Lakebase API: one server for each branch of a project."""

from . import roles
from .binaries import PostgresError
from .engine import Postgres

__all__ = ["Postgres", "PostgresError", "roles"]
