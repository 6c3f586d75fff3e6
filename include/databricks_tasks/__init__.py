"""Operators, sensors and triggers for Databricks products: one file a product."""
