"""Runs a notebook in Databricks source format, cell by cell, in one namespace."""

import ast
import inspect
import re
import shlex
import sys
import time
import types

from . import channel, namespace, paths, requirements, source, sqltext
from .display import display
from .failures import Sources
from .utilities import NotebookExit, PythonRestart

_LINE_MAGIC = re.compile(r"^%(\w+)\b[ \t]*(.*)$")


class MagicRefused(Exception):
    """A magic that the local workspace cannot run."""


class NotebookRun:
    """One execution; `sources` knows afterwards where every line came from."""

    def __init__(self, sources: Sources):
        self.sources = sources
        self._names = namespace.names()
        self._fresh()

    def run(self, path: str, parameters: dict) -> str | None:
        """Run the notebook and return what it passed to dbutils.notebook.exit, or None."""
        dbutils = self._names["dbutils"]
        dbutils.widgets.give(parameters)
        dbutils.notebook.folder = _folder(paths.workspace_path(path))
        sys.path.append(f"/Workspace{dbutils.notebook.folder}")
        try:
            self._cells(path, report=True)
        except NotebookExit as end:
            return str(end)
        return None

    def include(self, path: str) -> None:
        """Run the cells of a notebook that is a source of a pipeline."""
        self._cells(path)

    def _fresh(self) -> None:
        """A new __main__, so that classes and functions of the notebook can be pickled by name."""
        module = types.ModuleType("__main__")
        module.__dict__.update(self._names)
        sys.modules["__main__"] = module
        self._globals = module.__dict__

    def _cells(self, path: str, report: bool = False) -> None:
        shown = paths.workspace_path(path)
        text = paths.notebook_file(path).read_text()
        cells = source.cells(text, shown)
        self.sources.add(shown, text, [(cell.line, cell.number) for cell in cells])
        for position, cell in enumerate(cells, start=1):
            if report:
                channel.send("cell", number=cell.number, position=position, count=len(cells), at=time.time())
            try:
                self._cell(cell, shown)
            except PythonRestart:
                self._fresh()

    def _cell(self, cell: source.Cell, path: str) -> None:
        if cell.kind == "python":
            self._python(cell.text, cell.line, path)
        elif cell.kind == "sql":
            self._sql(cell.text, cell.line, path)
        elif cell.kind == "run":
            self._run(cell, path)
        elif cell.kind == "pip":
            self._at(cell.line, path, self._pip, cell.text, _folder(path))
        elif cell.kind not in ("md", "md_sandbox"):
            self._at(cell.line, path, _refuse, cell.kind)

    def _python(self, text: str, line: int, path: str) -> None:
        """Line magics inside a Python cell (%pip, %run) are not Python: they are refused by name."""
        for offset, code in enumerate(text.split("\n")):
            if _LINE_MAGIC.match(code):
                self._at(
                    line + offset, path, _refuse, f"{code.strip()} inside a Python cell; give it a cell of its own"
                )
        flags = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
        code = compile("\n" * (line - 1) + text, path, "exec", flags=flags, dont_inherit=True)
        if code.co_flags & inspect.CO_COROUTINE:
            import asyncio

            asyncio.run(eval(code, self._globals))  # noqa: S307 - running the user's notebook is the purpose
        else:
            exec(code, self._globals)  # noqa: S102

    def _sql(self, text: str, line: int, path: str) -> None:
        for offset, statement in sqltext.split(text):
            self._globals["_sqldf"] = self._at(line + offset, path, self._statement, statement)

    def _statement(self, statement: str):
        widgets = self._names["dbutils"].widgets.getAll()
        arguments = {name: widgets[name] for name in sqltext.markers(statement) if name in widgets}
        frame = self._names["spark"].sql(statement, args=arguments or None)
        if frame.columns:
            display(frame)
        return frame

    def _run(self, cell: source.Cell, path: str) -> None:
        words = shlex.split(cell.text.strip())
        if not words:
            self._at(cell.line, path, _refuse, "run without a path")
        given = dict(word.lstrip("$").split("=", 1) for word in words[1:] if "=" in word)
        self._names["dbutils"].widgets.give(given)
        target = self._at(cell.line, path, _target, words[0], _folder(path))
        self._cells(target)

    def _pip(self, text: str, folder: str) -> None:
        for line in text.strip().splitlines():
            found = requirements.install(line.removeprefix("%pip").strip(), folder)
            print(f"%pip {line.strip()}: nothing installed, {', '.join(found) or 'nothing'} is there already")

    def _at(self, line: int, path: str, function, *arguments):
        """Call a function so that a traceback shows the notebook's line, as for Python cells."""
        scope = {"function": function, "arguments": arguments}
        code = compile("\n" * (line - 1) + "result = function(*arguments)", path, "exec")
        exec(code, scope)  # noqa: S102
        return scope["result"]


def _folder(path: str) -> str:
    return path.rsplit("/", 1)[0] or "/"


def _target(path: str, folder: str) -> str:
    paths.notebook_file(path, folder)
    return paths.workspace_path(path, folder)


def _refuse(what: str) -> None:
    raise MagicRefused(
        f"%{what} is not served by the local workspace: it runs %python, %sql, %run, %md and %pip."
        if not what.startswith("%")
        else f"{what}."
    )
