"""One Spark server for the tests of this folder; a lakehouse that is filled once, and others for those that write."""

import os
import secrets
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import pytest

from include.local_workspace.engines.spark import SparkEngine
from include.local_workspace.serve import free_port
from include.payments import bootstrap, gold

from .lakehouse import CATALOG, Lakehouse

PROJECT = Path(__file__).resolve().parents[2]
DAYS = (date(2026, 11, 1), date(2026, 11, 2), date(2026, 11, 3))
EVENTS_PER_DAY = 1500


@pytest.fixture(scope="session")
def spark_remote(tmp_path_factory) -> Iterator[str]:
    """The `sc://` URL of a Spark server of its own."""
    cache = Path(os.environ.get("LOCAL_WORKSPACE_CACHE") or PROJECT / ".workspace" / "cache")
    engine = SparkEngine(tmp_path_factory.mktemp("spark"), cache, free_port(), secrets.token_hex(16))
    try:
        engine.start()
        engine.wait_ready()
        yield engine.remote()
    finally:
        engine.stop()


@pytest.fixture(scope="session")
def lakehouse(spark_remote: str, tmp_path_factory) -> Iterator[Lakehouse]:
    """Three days of payments with everything made from them. For reading only."""
    made = Lakehouse(spark_remote, tmp_path_factory.mktemp("events"))
    for day in DAYS:
        made.load_day(day, EVENTS_PER_DAY)
    bootstrap.bootstrap(made.execute, CATALOG, made.name)
    gold.refresh(made.execute)
    gold.make_views(made.execute)
    yield made
    made.close()


@pytest.fixture
def new_lakehouse(spark_remote: str, tmp_path: Path) -> Iterator[Callable[[], Lakehouse]]:
    """Makes schemas with empty bronze and silver tables, for tests that write."""
    made = []

    def make() -> Lakehouse:
        made.append(Lakehouse(spark_remote, tmp_path))
        return made[-1]

    yield make
    for one in made:
        one.close()
