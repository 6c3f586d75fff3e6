"""What Databricks' runtime gives to a notebook, for run processes of the local workspace.

The name is Databricks' own: `from databricks.sdk.runtime import spark, dbutils` looks for a module called `dbruntime`
first and takes its namespace from `UserNamespaceInitializer`.
"""


class UserNamespaceInitializer:
    """The entry that databricks-sdk calls."""

    @classmethod
    def getOrCreate(cls) -> "UserNamespaceInitializer":  # noqa: N802 - the SDK's name
        return cls()

    def get_namespace_globals(self) -> dict:
        """spark, dbutils, display and the other names that a notebook finds without an import."""
        from .namespace import names

        return names()
