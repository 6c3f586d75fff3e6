"""The store keeps documents through crashes, keeps names unique, and changes them atomically."""

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from include.local_workspace.store import Duplicate, Store

PROJECT = Path(__file__).resolve().parents[2]


@pytest.fixture
def store(tmp_path):
    opened = Store(tmp_path / "state.db")
    yield opened
    opened.close()


def test_finds_by_id_and_by_name_under_its_parent(store):
    store.insert("volume", "1", {"n": 1}, name="raw", parent="a.b")
    store.insert("volume", "2", {"n": 2}, name="raw", parent="a.c")

    assert store.get("volume", "1") == {"n": 1}
    assert store.find("volume", "raw", "a.c") == {"n": 2}
    assert store.find("volume", "raw", "a.d") is None
    assert store.list("volume", "a.b") == [{"n": 1}]


def test_refuses_a_second_id_and_a_second_name(store):
    store.insert("job", "1", {}, name="nightly")

    with pytest.raises(Duplicate):
        store.insert("job", "1", {})
    with pytest.raises(Duplicate):
        store.insert("job", "2", {}, name="nightly")
    assert len(store.list("job")) == 1


def test_transaction_is_all_or_nothing(store):
    with pytest.raises(RuntimeError), store.transaction():
        store.insert("run", "1", {})
        raise RuntimeError("in the middle")

    assert store.get("run", "1") is None


def test_updates_from_many_threads_lose_nothing(store):
    store.insert("run", "1", {"count": 0})

    def add():
        for _ in range(50):
            store.update("run", "1", lambda doc: {"count": doc["count"] + 1})

    threads = [threading.Thread(target=add) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert store.get("run", "1") == {"count": 400}


def test_listing_pages_in_order_of_insertion(store):
    for number in range(10):
        store.insert("event", str(number), {"n": number})

    assert [doc["n"] for doc in store.list("event", limit=3, offset=4)] == [4, 5, 6]
    assert [doc["n"] for doc in store.list("event", newest_first=True, limit=2)] == [9, 8]


def test_numbers_never_repeat_after_reopening(tmp_path):
    path = tmp_path / "state.db"
    first = Store(path)
    numbers = [first.next_number("run"), first.next_number("run")]
    first.close()
    second = Store(path)

    assert [*numbers, second.next_number("run")] == [1, 2, 3]
    second.close()


def test_what_was_confirmed_survives_kill_9(tmp_path):
    script = (
        "import sys; from include.local_workspace.store import Store; from pathlib import Path\n"
        "store = Store(Path(sys.argv[1]))\n"
        "for n in range(10**6):\n"
        "    store.insert('run', str(n), {'n': n})\n"
        "    print(n, flush=True)\n"
    )
    path = tmp_path / "state.db"
    writer = subprocess.Popen([sys.executable, "-c", script, str(path)], stdout=subprocess.PIPE, cwd=PROJECT, text=True)
    confirmed = [int(writer.stdout.readline()) for _ in range(200)][-1]
    os.kill(writer.pid, signal.SIGKILL)
    writer.wait(10)
    writer.stdout.close()
    reopened = Store(path)

    assert len(reopened.list("run")) >= confirmed + 1
    reopened.close()


@settings(max_examples=25, deadline=None)
@given(st.dictionaries(st.text(), st.recursive(st.none() | st.booleans() | st.integers() | st.text(), st.lists)))
def test_documents_come_back_as_they_were(tmp_path_factory, doc):
    store = Store(tmp_path_factory.mktemp("store") / "state.db")
    store.insert("any", "1", doc)

    assert store.get("any", "1") == doc
    store.close()
