"""The Makefile's own errors."""

import subprocess
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]


def test_an_unsupported_python_is_named_with_what_to_do(tmp_path):
    done = subprocess.run(
        ["make", "-f", str(PROJECT / "Makefile"), "validate", "PYTHON=", f"VENV={tmp_path}/venv"],
        cwd=PROJECT, capture_output=True, text=True, timeout=60,
    )  # fmt: skip

    assert done.returncode != 0
    assert "Python 3.11, 3.12 or 3.13 is needed" in done.stdout
    assert not (tmp_path / "venv").exists()


def test_make_alone_lists_the_commands():
    done = subprocess.run(["make"], cwd=PROJECT, capture_output=True, text=True, timeout=60)

    for command in ("run", "teardown", "test", "ui", "workspace", "stop", "status", "validate", "bench", "clean"):
        assert f"make {command} " in done.stdout
