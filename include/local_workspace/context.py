"""What every route can reach: the store, the folders and the engines of one workspace."""

from __future__ import annotations

import logging
import secrets
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from .errors import ApiError
from .paths import Home
from .store import Store

if TYPE_CHECKING:
    from .engines.postgres import Postgres
    from .engines.runs import Runs
    from .engines.spark import SparkEngine
    from .engines.statements import Statements
    from .engines.updates import Updates

log = logging.getLogger(__name__)
USER = "you@local.workspace"
WORKSPACE_ID = 1


class Workspace:
    """One workspace. Engines start side by side; whoever needs one waits for it."""

    def __init__(self, home: Home, host: str, token: str, engines: dict[str, Any]):
        home.create()
        self.home = home
        self.host = host
        self.token = token
        self.user = USER
        self.store = Store(home.state)
        self.link_key = secrets.token_bytes(32)
        self._engines = engines
        self._ready = {name: threading.Event() for name in engines}
        self._failed: dict[str, str] = {}
        self._closing = threading.Event()
        self.services: dict[str, Any] = {}
        self.stoppers: list[Callable[[], None]] = []

    @property
    def spark(self) -> SparkEngine:
        return self.engine("spark")

    @property
    def postgres(self) -> Postgres:
        return self.engine("postgres")

    @property
    def statements(self) -> Statements:
        return self.services["statements"]

    @property
    def runs(self) -> Runs:
        return self.services["runs"]

    @property
    def updates(self) -> Updates:
        return self.services["updates"]

    def engine(self, name: str, patience: float = 90.0) -> Any:
        """The engine, once it is ready. Raises 503 if it does not become ready."""
        if not self._ready[name].wait(patience):
            reason = self._failed.get(name, f"not ready after {patience:.0f} s")
            raise ApiError(
                "TEMPORARILY_UNAVAILABLE",
                f"The engine {name} is not available: {reason}. See {self.home.logs / name}.log and `make status`.",
            )
        return self._engines[name]

    def health(self) -> dict[str, str]:
        """State of each engine: ready, starting or failed: why."""
        return {
            name: "ready"
            if self._ready[name].is_set()
            else f"failed: {self._failed[name]}"
            if name in self._failed
            else "starting"
            for name in self._engines
        }

    def start(self) -> None:
        for name in self._engines:
            threading.Thread(target=self._keep, args=(name,), name=f"keep-{name}", daemon=True).start()

    def wait_ready(self, timeout: float) -> bool:
        return all(event.wait(timeout) for event in self._ready.values())

    def stop(self) -> None:
        self._closing.set()
        for stop in self.stoppers:
            stop()
        threads = [threading.Thread(target=engine.stop) for engine in self._engines.values()]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.store.close()

    def _keep(self, name: str) -> None:
        """Start an engine, and start it again whenever it dies."""
        engine = self._engines[name]
        pause = 0.5
        while not self._closing.is_set():
            try:
                engine.start()
                engine.wait_ready(60)
            except Exception as error:
                self._failed[name] = str(error)
                log.exception("engine %s did not start", name)
                engine.stop()
                if self._closing.wait(pause):
                    return
                pause = min(pause * 2, 30)
                continue
            self._failed.pop(name, None)
            self._ready[name].set()
            log.info("engine %s is ready", name)
            pause = 0.5
            while not self._closing.wait(0.5):
                if not engine.alive():
                    log.error("engine %s died; starting it again", name)
                    self._ready[name].clear()
                    engine.stop()
                    break
