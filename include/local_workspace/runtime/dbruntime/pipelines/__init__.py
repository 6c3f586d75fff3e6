"""Lakeflow declarative pipelines on Structured Streaming and Delta Lake: the runner behind `pyspark.pipelines`."""
