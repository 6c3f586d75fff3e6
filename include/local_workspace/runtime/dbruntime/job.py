"""Does the one job of a run process and reports its end."""

import runpy
import sys

from . import channel, paths, requirements
from .failures import Sources, describe

_RESULT_BYTES = 5 * 1024 * 1024


def perform(job: dict) -> int:
    """Run the job; the exit code. Sends "finished" with the result, or "failed" with error and trace."""
    sources = Sources()
    try:
        paths.install_import_hook()
        requirements.check(job.get("dependencies", []))
        result = _KINDS[job["kind"]](job, sources)
    except SystemExit as end:
        return _exited(end)
    except BaseException as error:
        failure = describe(error, sources)
        print(failure.trace, file=sys.stderr)
        channel.send("failed", error=failure.error, error_trace=failure.trace)
        return 1
    channel.send("finished", **_capped(result))
    return 0


def _notebook(job: dict, sources: Sources) -> str | None:
    from . import namespace
    from .notebook import NotebookRun

    namespace.names()["dbutils"].notebook.run_id = job["run_id"]
    return NotebookRun(sources).run(job["path"], job["parameters"])


def _python_file(job: dict, sources: Sources) -> None:
    """A plain Python file, as `python file.py arguments` would run it."""
    file = paths.workspace_file(job["path"])
    if not file.is_file():
        raise paths.BadPath(f"Cannot read the python file {job['path']}. Please check driver logs for more details.")
    sources.add(str(file), file.read_text())
    sys.argv = [str(file), *job["arguments"]]
    sys.path.insert(0, str(file.parent))
    runpy.run_path(str(file), run_name="__main__")


def _pipeline(job: dict, sources: Sources) -> str:
    from .pipelines import update
    from .pipelines.errors import Stopped

    try:
        update.perform(job, sources)
    except Stopped:
        return "CANCELED"
    return "COMPLETED"


def _exited(end: SystemExit) -> int:
    """sys.exit(): 0 and None are success, everything else is an error (as seen on Databricks for Python files)."""
    if end.code in (None, 0):
        channel.send("finished", result=None)
        return 0
    channel.send("failed", error=f"SystemExit: {end.code}", error_trace=f"SystemExit: {end.code}")
    return 1


def _capped(result: str | None) -> dict:
    if result is None or len(result.encode()) <= _RESULT_BYTES:
        return {"result": result, "truncated": False}
    return {"result": result.encode()[:_RESULT_BYTES].decode("utf-8", "ignore"), "truncated": True}


_KINDS = {"notebook": _notebook, "python": _python_file, "pipeline": _pipeline}
