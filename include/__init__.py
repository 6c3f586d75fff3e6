"""Shared code of the project: settings, the payment domain, Databricks tasks, the local workspace."""
