"""A lakehouse that is filled once, and others for those that write."""

from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import pytest

from include.local_workspace.engines.spark import SparkEngine
from include.payments import bootstrap, gold

from .lakehouse import CATALOG, Lakehouse

DAYS = (date(2026, 11, 1), date(2026, 11, 2), date(2026, 11, 3))
SEEDS = (7, 23, 1_000_003)
"""Each day comes from a world of its own."""
EVENTS_PER_DAY = 1500


@pytest.fixture(scope="session")
def spark_remote(spark_engine: SparkEngine) -> str:
    """The `sc://` URL of the Spark server."""
    return spark_engine.remote()


@pytest.fixture(scope="session")
def lakehouse(spark_remote: str, tmp_path_factory) -> Iterator[Lakehouse]:
    """Three days of payments, of three seeds, with everything made from them. For reading only."""
    made = Lakehouse(spark_remote, tmp_path_factory.mktemp("events"))
    for day, seed in zip(DAYS, SEEDS, strict=True):
        made.load_day(day, EVENTS_PER_DAY, seed)
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
