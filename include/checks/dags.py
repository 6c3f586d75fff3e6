"""DAG files: they import without a connection, and every task can be retried."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path


def findings(root: Path) -> Iterator[str]:
    """What is wrong with the DAGs below `root`/dags."""
    from airflow.dag_processing.dagbag import DagBag

    bag = DagBag(dag_folder=str(root / "dags"))
    for file, error in bag.import_errors.items():
        last = error.strip().splitlines()[-1]
        yield f"{_shown(file, root)}:{_line(error, file)}: {last}"
    for dag in bag.dags.values():
        if not dag.doc_md:
            yield f"{_shown(dag.fileloc, root)}:1: the DAG {dag.dag_id} has no documentation"
        if not dag.tags:
            yield f"{_shown(dag.fileloc, root)}:1: the DAG {dag.dag_id} has no tags"


def _shown(file: str, root: Path) -> str:
    path = Path(file)
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else file


def _line(error: str, file: str) -> str:
    """The last line of the file that the traceback names."""
    import re

    found = re.findall(rf'File "{re.escape(file)}", line (\d+)', error)
    return found[-1] if found else "1"
