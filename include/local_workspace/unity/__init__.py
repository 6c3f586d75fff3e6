"""Unity Catalog: catalogs, volumes, owners and grants in the store; schemas, tables, functions in the metastore."""
