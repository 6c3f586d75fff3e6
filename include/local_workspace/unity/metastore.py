"""Spark's metastore, read and written through one warm session: schemas, and what is in them."""

import uuid

ID = str(uuid.uuid5(uuid.NAMESPACE_DNS, "metastore.local.workspace"))
