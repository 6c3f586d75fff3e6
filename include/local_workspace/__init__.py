"""A Databricks workspace on a laptop: the public REST API in front of real engines."""
