"""Validation without writing: datasets that do not exist yet are stood in for by empty ones of the same schema."""

from . import cdc
from .graph import Dataset, Flow, Graph


class StandIns:
    """The datasets whose functions have been evaluated, by name."""

    def __init__(self, spark, graph: Graph):
        self._spark = spark
        self._graph = graph
        self._schemas: dict[str, object] = {}

    def known(self, name: str) -> bool:
        return name in self._schemas

    def add(self, dataset: Dataset, flow: Flow, frame) -> None:
        """Analyse the frame (Spark raises what is wrong with it) and keep its schema."""
        schema = cdc.schema(frame, flow.changes) if flow.changes else frame.schema
        if isinstance(dataset.schema, str):
            schema = self._spark.createDataFrame([], dataset.schema).schema
        self._schemas.setdefault(dataset.name, dataset.schema if not isinstance(dataset.schema, str | None) else schema)

    def get(self, name: str, streaming: bool):
        """An empty DataFrame, or an empty stream, of the dataset's schema."""
        from pyspark.sql import functions as F

        schema = self._schemas[name]
        if not streaming:
            return self._spark.createDataFrame([], schema)
        columns = [F.lit(None).cast(field.dataType).alias(field.name) for field in schema.fields]
        return self._spark.readStream.format("rate").load().select(*columns)
