"""Spark Connect 4.2 with Delta Lake 4.4: the engine behind SQL warehouses, notebooks and pipelines."""

from include.local_workspace.engines.spark.engine import SparkEngine

__all__ = ["SparkEngine"]
