"""Datasets and flows of one pipeline, as its source files declare them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from .errors import PipelineError

STREAMING_TABLE = "STREAMING_TABLE"
MATERIALIZED_VIEW = "MATERIALIZED_VIEW"
VIEW = "VIEW"
SINK = "SINK"


@dataclass(frozen=True)
class Expectation:
    """A rule for each row; `action` is keep, drop or fail. A row for which the rule is NULL violates it."""

    name: str
    rule: str
    action: str


@dataclass
class Flow:
    """What fills a dataset: a function that returns a DataFrame, or a change feed to apply."""

    name: str
    target: str
    function: Callable | None
    once: bool = False
    changes: dict | None = None
    options: dict[str, str] = field(default_factory=dict)


@dataclass
class Dataset:
    """A table, view or sink; `name` is complete (catalog.schema.name), except for views and sinks."""

    name: str
    kind: str
    comment: str | None = None
    schema: object = None
    properties: dict[str, str] = field(default_factory=dict)
    partition_cols: list[str] = field(default_factory=list)
    cluster_by: list[str] = field(default_factory=list)
    private: bool = False
    expectations: list[Expectation] = field(default_factory=list)
    format: str = "delta"
    options: dict[str, str] = field(default_factory=dict)
    flows: list[Flow] = field(default_factory=list)

    @property
    def short(self) -> str:
        return self.name.rsplit(".", 1)[-1]


class Graph:
    """All that a pipeline declares. Names without catalog and schema belong to the pipeline's own."""

    def __init__(self, catalog: str, schema: str):
        self.catalog = catalog
        self.schema = schema
        self.datasets: dict[str, Dataset] = {}
        self._orphans: list[Flow] = []

    def qualify(self, name: str) -> str:
        """catalog.schema.name in lower case, without backticks."""
        parts = [part.strip("`") for part in name.split(".")]
        if len(parts) > 3 or not all(parts):
            raise PipelineError(f"{name!r} is not a table name: use name, schema.name or catalog.schema.name.")
        return ".".join([self.catalog, self.schema][: 3 - len(parts)] + parts).lower()

    def add(self, dataset: Dataset) -> Dataset:
        if dataset.name in self.datasets:
            raise PipelineError(f"Dataset {dataset.name} is defined twice. Give one of the two another name.")
        self.datasets[dataset.name] = dataset
        return dataset

    def add_flow(self, flow: Flow) -> None:
        self._orphans.append(flow)

    def find(self, name: str) -> Dataset | None:
        """The dataset that a function means by this name, if the pipeline has it."""
        plain = name.strip("`").lower()
        return self.datasets.get(plain) or self.datasets.get(self.qualify(name))

    def complete(self) -> None:
        """Join flows and datasets and check the whole. Raises PipelineError."""
        for flow in self._orphans:
            target = self.find(flow.target)
            if target is None:
                raise PipelineError(
                    f"Flow {flow.name} writes to {flow.target}, which the pipeline does not define. "
                    "Define it with dp.create_streaming_table or dp.create_sink."
                )
            if target.kind not in (STREAMING_TABLE, SINK):
                raise PipelineError(f"Flow {flow.name} writes to {target.name}, which is a {target.kind}.")
            target.flows.append(flow)
        self._orphans = []
        if not self.datasets:
            raise PipelineError("The pipeline's source files define no dataset. See dp.table and dp.materialized_view.")
        for dataset in self.datasets.values():
            _check(dataset)

    def tables(self) -> list[Dataset]:
        """What an update fills: tables and sinks, in the order of their definition."""
        return [dataset for dataset in self.datasets.values() if dataset.kind != VIEW]


def _check(dataset: Dataset) -> None:
    if not dataset.flows:
        raise PipelineError(f"{dataset.name} has no flow. Add one with dp.append_flow or dp.create_auto_cdc_flow.")
    flows = [flow.name for flow in dataset.flows]
    if len(set(flows)) < len(flows):
        raise PipelineError(f"{dataset.name} has two flows of the same name: {', '.join(sorted(flows))}.")
    if any(flow.changes for flow in dataset.flows) and len(flows) > 1:
        raise PipelineError(f"{dataset.name} is filled by dp.create_auto_cdc_flow and can have no other flow.")
    names = [rule.name for rule in dataset.expectations]
    if len(set(names)) < len(names):
        raise PipelineError(f"{dataset.name} has two expectations of the same name: {', '.join(sorted(names))}.")
    if dataset.partition_cols and dataset.cluster_by:
        raise PipelineError(f"{dataset.name} has partition_cols and cluster_by. Choose one.")
