"""The PostgreSQL engine by itself: real servers, killed and started again."""

import os
import subprocess
import sys
from pathlib import Path

import psutil
import psycopg
import pytest

from include.local_workspace.engines.postgres import Postgres, roles
from include.local_workspace.engines.process import wait_until
from include.local_workspace.serve import free_port

PROJECT = Path(__file__).resolve().parents[3]
BRANCH = "project.production"


@pytest.fixture
def engine(tmp_path):
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    postgres = Postgres(home, free_port())
    postgres.start()
    postgres.wait_ready(60)
    yield postgres
    postgres.stop()


def again(engine: Postgres) -> None:
    """What the workspace does when an engine has died."""
    engine.stop()
    engine.start()
    engine.wait_ready(60)


def servers(engine: Postgres, name: str) -> list[psutil.Process]:
    data = str(engine._home / "postgres" / name / "data")
    return [found for found in psutil.process_iter(["name"]) if found.info["name"] == "postgres" and cwd(found) == data]


def cwd(process: psutil.Process) -> str:
    try:
        return process.cwd()
    except psutil.Error:
        return ""


def test_an_engine_without_branches_runs_no_server(engine):
    assert engine.alive()
    assert not servers(engine, "template")


def test_a_killed_server_keeps_what_was_committed(engine):
    engine.create(BRANCH)
    with engine.admin(BRANCH) as connection:
        connection.execute("CREATE TABLE kept AS SELECT generate_series(1, 1000) AS n")
        postmaster = min(servers(engine, BRANCH), key=lambda found: found.create_time())
        os.kill(postmaster.pid, 9)
    assert wait_until(lambda: not engine.alive(), 10)
    again(engine)
    with engine.admin(BRANCH) as connection:
        assert connection.execute("SELECT count(*), sum(n) FROM kept").fetchone() == (1000, 500500)
        assert connection.execute("SHOW fsync").fetchone() == ("on",)


def test_servers_left_by_a_killed_workspace_end_first(engine):
    engine.create(BRANCH)
    left = servers(engine, BRANCH)
    fresh = Postgres(engine._home, engine.port)
    fresh.start()
    try:
        fresh.wait_ready(60)
        assert not any(process.is_running() and process.status() != psutil.STATUS_ZOMBIE for process in left)
        with fresh.admin(BRANCH) as connection:
            assert connection.execute("SELECT 1").fetchone() == (1,)
    finally:
        fresh.stop()


def test_a_lock_file_that_names_a_foreign_process_is_no_obstacle(engine):
    engine.create(BRANCH)
    engine.stop()
    lock = engine._home / "postgres" / BRANCH / "data" / "postmaster.pid"
    lock.write_text(f"{os.getpid()}\n{lock.parent}\n")
    again(engine)
    assert engine.alive()


def test_a_branch_starts_as_a_copy_and_goes_its_own_way(engine):
    engine.create(BRANCH)
    with engine.admin(BRANCH) as connection:
        connection.execute("CREATE TABLE t AS SELECT 1 AS n")
    engine.create("project.dev", BRANCH)
    with engine.admin("project.dev") as copy, engine.admin(BRANCH) as origin:
        copy.execute("INSERT INTO t VALUES (2)")
        assert copy.execute("SELECT count(*) FROM t").fetchone() == (2,)
        assert origin.execute("SELECT count(*) FROM t").fetchone() == (1,)
    assert engine.address(BRANCH) == "127.0.0.1"
    assert engine.address("project.dev") != engine.address(BRANCH)


def test_a_dropped_branch_leaves_nothing(engine):
    engine.create(BRANCH)
    engine.drop(BRANCH)
    assert not servers(engine, BRANCH)
    assert not (engine._home / "postgres" / BRANCH).exists()
    assert engine.alive()


def test_a_server_switched_off_stays_off_over_a_restart(engine):
    engine.create(BRANCH)
    engine.switch(BRANCH, on=False)
    again(engine)
    assert engine.alive()
    assert not servers(engine, BRANCH)
    engine.switch(BRANCH, on=True)
    with engine.admin(BRANCH) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)


def test_passwords_reach_neither_log_nor_disk(engine):
    engine.create(BRANCH)
    with engine.admin(BRANCH) as connection:
        roles.prepare(connection)
        roles.write_role(connection, "someone", login=True, superuser=False, attributes={})
        roles.set_password(connection, "someone", "s3cret-of-someone")
        with pytest.raises(psycopg.errors.UndefinedObject):
            roles.set_password(connection, "nobody-knows", "s3cret-of-someone")
    login = {"host": "127.0.0.1", "port": engine.port, "dbname": "postgres", "user": "someone"}
    psycopg.connect(**login, password="s3cret-of-someone").close()
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(**login, password="wrong")
    found = [file for file in engine._home.rglob("*") if file.is_file() and b"s3cret-of-someone" in file.read_bytes()]
    assert not found


def test_it_runs_for_an_ordinary_user(tmp_path):
    """The same engine in a process that is not root; root is where the other tests usually run."""
    home = tmp_path / "ordinary"
    home.mkdir()
    prefix = []
    if os.geteuid() == 0:
        os.chown(home, 65534, 65534)
        # The capability lets that user read this Python, which may live below /root.
        capability = ["--inh-caps=-all,+dac_override", "--ambient-caps=+dac_override"]
        prefix = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", *capability, "--"]
    script = (
        "import os, sys, pathlib; from include.local_workspace.engines.postgres import Postgres\n"
        "assert os.geteuid()\n"
        "p = Postgres(pathlib.Path(sys.argv[1]), int(sys.argv[2])); p.start(); p.create('a.b')\n"
        "with p.admin('a.b') as c: print('answer', c.execute('SELECT 42').fetchone()[0])\n"
        "p.stop()"
    )
    done = subprocess.run(  # noqa: S603
        [*prefix, sys.executable, "-c", script, str(home), str(free_port())],
        cwd=PROJECT, capture_output=True, text=True, timeout=120, env={**os.environ, "HOME": str(home)},
    )  # fmt: skip
    assert "answer 42" in done.stdout, done.stderr
