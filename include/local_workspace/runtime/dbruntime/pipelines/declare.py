"""The functions behind `from pyspark import pipelines as dp`.

What is accepted means what Databricks documents; an argument that the local runner cannot honour, or does not know, is
refused when the source file is read.
"""

import sys
import types
from collections.abc import Callable

from . import cdc
from .errors import PipelineError
from .graph import MATERIALIZED_VIEW, SINK, STREAMING_TABLE, VIEW, Dataset, Expectation, Flow, Graph

_RULES = "_pipeline_expectations"
_graph: Graph | None = None


def install(graph: Graph) -> None:
    """Put this module in the place of pyspark.pipelines; declarations go to `graph`. `import dlt` is refused."""
    global _graph
    _graph = graph
    import pyspark

    sys.modules["pyspark.pipelines"] = pyspark.pipelines = sys.modules[__name__]
    sys.modules["dlt"] = _Dlt("dlt")


class _Dlt(types.ModuleType):
    def __getattr__(self, name: str):
        if name.startswith("__"):
            raise AttributeError(name)
        raise PipelineError("The module dlt is not served. Use `from pyspark import pipelines as dp` (dp.table, ...).")


def table(query_function: Callable | None = None, **arguments):
    """A streaming table: the decorated function returns a streaming DataFrame."""
    return _decorate(query_function, lambda function: _table(function, STREAMING_TABLE, arguments))


def materialized_view(query_function: Callable | None = None, **arguments):
    """A table that holds the result of a batch DataFrame."""
    return _decorate(query_function, lambda function: _table(function, MATERIALIZED_VIEW, arguments))


def temporary_view(query_function: Callable | None = None, **arguments):
    """A name for a DataFrame, inside the pipeline only."""

    def define(function: Callable) -> None:
        given = _known("temporary_view", arguments, "name comment spark_conf")
        name = (given.get("name") or function.__name__).lower()
        if "." in name:
            raise PipelineError(f"Temporary view {name} must have a name without dots.")
        view = Dataset(name, VIEW, comment=given.get("comment"), expectations=_rules(function))
        view.flows.append(Flow(name, name, function, options=_texts(given.get("spark_conf"))))
        _graph.add(view)

    return _decorate(query_function, define)


view = temporary_view


def create_streaming_table(name: str, **arguments) -> None:
    """A streaming table that other flows fill."""
    given = _known("create_streaming_table", arguments, _TABLE + " expect_all expect_all_or_drop expect_all_or_fail")
    rules = []
    for argument, action in (("expect_all", "keep"), ("expect_all_or_drop", "drop"), ("expect_all_or_fail", "fail")):
        rules += [Expectation(*rule, action) for rule in (given.pop(argument, None) or {}).items()]
    _graph.add(_dataset(name, STREAMING_TABLE, given, rules))


def append_flow(*, target: str, **arguments):
    """Another flow into a streaming table or a sink; with once=True a batch that is appended one single time."""

    def define(function: Callable) -> None:
        given = _known("append_flow", arguments, "name comment spark_conf once")
        name = given.get("name") or function.__name__
        options = _texts(given.get("spark_conf"))
        _graph.add_flow(Flow(name, target, function, once=bool(given.get("once")), options=options))

    return _decorate(None, define)


def create_auto_cdc_flow(target: str, source: str, keys: list, sequence_by, **arguments) -> None:
    """Apply a change feed to a streaming table (SCD type 1 or 2)."""
    given = _known(
        "create_auto_cdc_flow",
        arguments,
        "ignore_null_updates apply_as_deletes column_list except_column_list stored_as_scd_type name once "
        "ignore_null_updates_column_list ignore_null_updates_except_column_list",
    )
    for argument in ("ignore_null_updates_column_list", "ignore_null_updates_except_column_list", "once"):
        if given.pop(argument, None):
            raise PipelineError(f"create_auto_cdc_flow: {argument} is not served by the local runner.")
    name = given.pop("name", None) or target
    changes = {"source": source, "keys": list(keys), "sequence_by": sequence_by, **given}
    cdc.check(target, changes)
    _graph.add_flow(Flow(name, target, None, changes=changes))


apply_changes = create_auto_cdc_flow


def create_sink(name: str, format: str, options: dict | None = None) -> None:
    """A place outside the pipeline's tables; the local runner writes to Delta tables and folders."""
    if format != "delta":
        raise PipelineError(f"Sink {name}: format {format!r} is not served by the local runner; it writes delta only.")
    given = _texts(options)
    unknown = set(given) - {"tableName", "path"}
    if unknown or len(given) != 1:
        raise PipelineError(f"Sink {name} needs one option, tableName or path; got {sorted(given) or 'none'}.")
    _graph.add(Dataset(name.lower(), SINK, format=format, options=given))


def expect(name: str, inv: str):
    """Count the rows that violate a rule, and keep them."""
    return _expect({name: inv}, "keep")


def expect_or_drop(name: str, inv: str):
    """Count the rows that violate a rule, and leave them out."""
    return _expect({name: inv}, "drop")


def expect_or_fail(name: str, inv: str):
    """Stop the update at a row that violates a rule; nothing of its batch is written."""
    return _expect({name: inv}, "fail")


def expect_all(expectations: dict):
    return _expect(expectations, "keep")


def expect_all_or_drop(expectations: dict):
    return _expect(expectations, "drop")


def expect_all_or_fail(expectations: dict):
    return _expect(expectations, "fail")


def read(name: str):
    """A dataset as a batch DataFrame (older spelling of spark.read.table)."""
    from ..session import spark

    return spark().read.table(name)


def read_stream(name: str):
    """A dataset as a stream (older spelling of spark.readStream.table)."""
    from ..session import spark

    return spark().readStream.table(name)


def __getattr__(name: str):
    if name.startswith("__"):
        raise AttributeError(name)
    raise PipelineError(f"pyspark.pipelines.{name} is not served by the local runner. See docs/parity.md.")


_TABLE = "comment spark_conf table_properties partition_cols cluster_by cluster_by_auto schema private path row_filter"


def _table(function: Callable, kind: str, arguments: dict) -> None:
    given = _known("table" if kind == STREAMING_TABLE else "materialized_view", arguments, f"name {_TABLE}")
    name = given.pop("name", None) or function.__name__
    conf = _texts(given.get("spark_conf"))
    dataset = _dataset(name, kind, given, _rules(function))
    dataset.flows.append(Flow(dataset.name, dataset.name, function, options=conf))
    _graph.add(dataset)


def _dataset(name: str, kind: str, given: dict, rules: list[Expectation]) -> Dataset:
    for argument in ("path", "row_filter"):
        if given.get(argument):
            raise PipelineError(f"{name}: {argument} is not served by the local runner. Leave it out.")
    return Dataset(
        _graph.qualify(name),
        kind,
        comment=given.get("comment"),
        schema=given.get("schema"),
        properties=_texts(given.get("table_properties")),
        partition_cols=list(given.get("partition_cols") or []),
        cluster_by=list(given.get("cluster_by") or []),
        private=bool(given.get("private")),
        expectations=rules,
    )


def _known(function: str, arguments: dict, names: str) -> dict:
    unknown = sorted(set(arguments) - set(names.split()))
    if unknown:
        raise PipelineError(f"dp.{function} has no argument {', '.join(unknown)}. It takes: {names}.")
    return {name: value for name, value in arguments.items() if value is not None}


def _decorate(function: Callable | None, define: Callable[[Callable], None]):
    def decorator(query: Callable) -> Callable:
        if not callable(query):
            raise PipelineError("Use the decorator with keyword arguments: @dp.table(name=...), not @dp.table('...').")
        define(query)
        return query

    return decorator if function is None else decorator(function)


def _rules(function: Callable) -> list[Expectation]:
    """The function's list of expectations; decorators above may still add to it."""
    return function.__dict__.setdefault(_RULES, [])


def _expect(rules: dict, action: str):
    def decorator(function: Callable) -> Callable:
        _rules(function).extend(Expectation(name, rule, action) for name, rule in rules.items())
        return function

    return decorator


def _texts(values: dict | None) -> dict[str, str]:
    return {str(name): str(value) for name, value in (values or {}).items()}
