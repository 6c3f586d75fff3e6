"""Errors of user code as a person wants to read them: where in which notebook, and no page of JVM frames."""

import linecache
import re
import traceback
from dataclasses import dataclass
from types import TracebackType

# The first frame may come after a message of many lines; each cause has a message of its own.
_FRAMES = r"(?:[^\n]*\n)*?[ \t]+at [^\n]*(?:\n[ \t]+(?:at |\.\.\. )[^\n]*)*"
_JVM = re.compile(rf"\n+JVM stacktrace:\n{_FRAMES}(?:\n\s*(?:Caused by|Suppressed): {_FRAMES})*")
_CAUSE = re.compile(r"^Caused by: [\w.$]+: (.*?)(?=\n\s+at )", re.MULTILINE | re.DOTALL)
_MACHINERY = ("/dbruntime/", "/pyspark/sql/connect/", "/pyspark/errors/")


@dataclass(frozen=True)
class Failure:
    """`error` for people: the message and where it arose; `trace` for the log: frames of user code only."""

    error: str
    trace: str


class Sources:
    """Which line of which file belongs to which cell."""

    def __init__(self):
        self._starts: dict[str, list[tuple[int, int]]] = {}

    def add(self, path: str, text: str, starts: list[tuple[int, int]] | None = None) -> None:
        """Know the source of `path`; `starts` holds (first line, number) of each cell, for a notebook."""
        linecache.cache[path] = (len(text), None, text.splitlines(keepends=True), path)
        self._starts[path] = starts or []

    def __contains__(self, path: str) -> bool:
        return path in self._starts

    def place(self, path: str, line: int) -> str:
        """Path, cell and line in words, with the line's text."""
        cell = max((number for first, number in self._starts.get(path, []) if first <= line), default=None)
        where = f"{path}, cell {cell}, line {line}" if cell else f"{path}, line {line}"
        text = linecache.getline(path, line).strip()
        return f"{where}: {text}" if text else where


def describe(error: BaseException, sources: Sources, function=None) -> Failure:
    """What to tell about an error of user code; `function` is what was being run, if no frame of it is left."""
    message = _message(error)
    trace = _from_user_code(error.__traceback__, sources)
    place = _place(error, trace, sources)
    if not place and function is not None and function.__code__.co_filename in sources:
        place = sources.place(function.__code__.co_filename, function.__code__.co_firstlineno)
    full = _trace(error, trace) if trace else message
    return Failure(f"{message}\n  at {place}" if place else message, full)


def clean(text: str) -> str:
    """The text without JVM stack traces."""
    return _JVM.sub("\n", text + "\n").rstrip()


def _message(error: BaseException) -> str:
    """Class and text, as Python ends a traceback; our own errors say everything in their text."""
    kind = type(error)
    if kind.__module__.startswith("dbruntime"):
        return clean(str(error) or kind.__name__)
    text = clean("".join(traceback.format_exception_only(error)).strip())
    text = text.removeprefix(f"{kind.__module__}.").partition("\n=== Streaming Query ===")[0]
    cause = _root_cause(error)
    return f"{text}\nCaused by: {cause}" if cause and cause not in text else text


def _root_cause(error: BaseException) -> str:
    """The message at the bottom of the JVM's causes: Spark's own message says only that writing failed."""
    causes = _CAUSE.findall(getattr(error, "_stacktrace", None) or "")
    return causes[-1].strip() if causes else ""


def _trace(error: BaseException, start: TracebackType) -> str:
    """Frames of user code and of libraries, without those of this runtime and of Spark's client."""
    whole = traceback.TracebackException(type(error), error, start, compact=True)
    part: traceback.TracebackException | None = whole
    while part is not None:
        part.stack[:] = [frame for frame in part.stack if not any(name in frame.filename for name in _MACHINERY)]
        part = part.__cause__ or part.__context__
    return clean("".join(whole.format()).strip())


def _from_user_code(trace: TracebackType | None, sources: Sources) -> TracebackType | None:
    while trace and trace.tb_frame.f_code.co_filename not in sources:
        trace = trace.tb_next
    return trace


def _place(error: BaseException, trace: TracebackType | None, sources: Sources) -> str:
    if isinstance(error, SyntaxError) and error.filename in sources and error.lineno:
        return sources.place(error.filename, error.lineno)
    last = ""
    for frame, line in traceback.walk_tb(trace):
        if frame.f_code.co_filename in sources:
            last = sources.place(frame.f_code.co_filename, line)
    return last
