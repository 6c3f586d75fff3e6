"""The workspace's memory: JSON documents in SQLite that survive kill -9.

A document has a `kind` ("run", "pipeline", ...), an `id` that is unique in its kind, and optionally a `parent` and a
`name` that are unique together. Every change is one transaction, committed before the call returns.
"""

import json
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

_SCHEMA = """
CREATE TABLE IF NOT EXISTS documents (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  kind TEXT NOT NULL,
  id TEXT NOT NULL,
  parent TEXT NOT NULL DEFAULT '',
  name TEXT,
  created REAL NOT NULL,
  doc TEXT NOT NULL,
  UNIQUE (kind, id)
);
CREATE UNIQUE INDEX IF NOT EXISTS documents_by_name ON documents (kind, parent, name) WHERE name IS NOT NULL;
CREATE INDEX IF NOT EXISTS documents_by_parent ON documents (kind, parent, seq);
"""


class Duplicate(Exception):
    """A document with this id, or with this parent and name, is already there."""


class Store:
    """Thread-safe; one connection, one writer."""

    def __init__(self, path: Path):
        self._lock = threading.RLock()
        self._db = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=NORMAL")
        self._db.executescript(_SCHEMA)
        self._depth = 0

    def close(self) -> None:
        with self._lock:
            self._db.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All changes inside, or none; may be nested."""
        with self._lock:
            if self._depth == 0:
                self._db.execute("BEGIN IMMEDIATE")
            self._depth += 1
            try:
                yield
            except BaseException:
                if self._depth == 1:
                    self._db.execute("ROLLBACK")
                raise
            else:
                if self._depth == 1:
                    self._db.execute("COMMIT")
            finally:
                self._depth -= 1

    def insert(self, kind: str, id: str, doc: dict, *, name: str | None = None, parent: str = "") -> dict:
        """Add a document. Raises Duplicate if the id, or the name under this parent, is taken."""
        with self.transaction():
            try:
                self._db.execute(
                    "INSERT INTO documents (kind, id, parent, name, created, doc) VALUES (?, ?, ?, ?, ?, ?)",
                    (kind, id, parent, name, time.time(), json.dumps(doc)),
                )
            except sqlite3.IntegrityError as error:
                raise Duplicate(f"{kind} {name or id}") from error
        return doc

    def get(self, kind: str, id: str) -> dict | None:
        return self._one("SELECT doc FROM documents WHERE kind = ? AND id = ?", (kind, id))

    def find(self, kind: str, name: str, parent: str = "") -> dict | None:
        """The document of this name under this parent."""
        return self._one("SELECT doc FROM documents WHERE kind = ? AND parent = ? AND name = ?", (kind, parent, name))

    def update(self, kind: str, id: str, change: dict | Callable[[dict], dict | None], name: str | None = None) -> dict:
        """Merge a dict into the document, or let a function change it (it may return the new document).

        Atomic: nobody else's change can fall in between. `name` renames. Raises KeyError if there is no such document.
        """
        with self.transaction():
            doc = self.get(kind, id)
            if doc is None:
                raise KeyError(f"{kind} {id}")
            changed = {**doc, **change} if isinstance(change, dict) else change(doc) or doc
            try:
                self._db.execute(
                    "UPDATE documents SET doc = ?, name = COALESCE(?, name) WHERE kind = ? AND id = ?",
                    (json.dumps(changed), name, kind, id),
                )
            except sqlite3.IntegrityError as error:
                raise Duplicate(f"{kind} {name}") from error
            return changed

    def delete(self, kind: str, id: str) -> bool:
        with self.transaction():
            return self._db.execute("DELETE FROM documents WHERE kind = ? AND id = ?", (kind, id)).rowcount > 0

    def list(
        self, kind: str, parent: str | None = None, *, newest_first: bool = False, limit: int = -1, offset: int = 0
    ) -> list[dict]:
        """Documents in the order in which they were added, of one parent or of all."""
        where, values = ("AND parent = ?", [parent]) if parent is not None else ("", [])
        order = "DESC" if newest_first else "ASC"
        sql = f"SELECT doc FROM documents WHERE kind = ? {where} ORDER BY seq {order} LIMIT ? OFFSET ?"  # noqa: S608
        with self._lock:
            return [json.loads(row[0]) for row in self._db.execute(sql, [kind, *values, limit, offset])]

    def next_number(self, counter: str) -> int:
        """1, 2, 3, ... for each counter; never the same twice, also after a restart."""
        with self.transaction():
            number = (self.get("counter", counter) or {"value": 0})["value"] + 1
            self.delete("counter", counter)
            self.insert("counter", counter, {"value": number})
            return number

    def _one(self, sql: str, values: tuple) -> dict | None:
        with self._lock:
            row = self._db.execute(sql, values).fetchone()
        return json.loads(row[0]) if row else None
