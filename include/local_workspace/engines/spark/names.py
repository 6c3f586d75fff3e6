"""Names of catalogs and schemas: how they must look, and how Spark keeps `catalog.schema` as one database.

`c.s.t` is `spark_catalog.c__s.t` inside Spark; what people read is turned back with `logical_text`.
"""

import re

SESSION_CATALOG = "spark_catalog"
_SEPARATOR = "__"
_LONGEST = 255
# The metastore keeps the name of a database in 128 characters.
_LONGEST_DATABASE = 128
_PART = re.compile(r"[a-z0-9]([a-z0-9_]*[a-z0-9])?")

# spark_catalog.c__s, `c__s`.`t`, schema `c__s`, view c__s.v; never a column or a table that is called a__b.
_PHYSICAL = re.compile(
    rf"(?i)([`'\"]?{SESSION_CATALOG}[`'\"]?\.|\b(?:schema|database|namespace|view|table) |(?<![`.\w])(?=`\w+`\.`))"
    rf"([`'\"]?)([a-z0-9_]+?){_SEPARATOR}([a-z0-9_]+)\2(?!\w)"
)


class InvalidNameError(ValueError):
    """A catalog or schema name that cannot be used; the message says what is allowed."""


def check_identifier(kind: str, name: str) -> str:
    """The name in lower case. Raises InvalidNameError, naming `kind` (catalog, schema), when it cannot be used."""
    lower = name.lower()
    if len(name) > _LONGEST or _SEPARATOR in name or not _PART.fullmatch(lower):
        shown = name if len(name) <= 60 else f"{name[:57]}..."
        raise InvalidNameError(
            f"{shown!r} is not a valid {kind} name: use letters, digits and single underscores, not at its ends, "
            f"at most {_LONGEST} characters."
        )
    return lower


def physical(catalog: str, schema: str) -> str:
    """Spark's database for a schema of a catalog. Raises InvalidNameError."""
    name = check_identifier("catalog", catalog) + _SEPARATOR + check_identifier("schema", schema)
    if len(name) > _LONGEST_DATABASE:
        raise InvalidNameError(
            f"The names of catalog {catalog!r} and schema {schema!r} are too long together: the local metastore keeps "
            f"{_LONGEST_DATABASE - len(_SEPARATOR)} characters for both."
        )
    return name


def logical(database: str) -> tuple[str, str] | None:
    """Catalog and schema of one of Spark's databases, None for one that belongs to no catalog."""
    catalog, separator, schema = database.partition(_SEPARATOR)
    return (catalog, schema) if separator and catalog and schema else None


def quoted(*parts: str) -> str:
    """A name as SQL reads it, each part in backticks."""
    return ".".join("`" + part.replace("`", "``") + "`" for part in parts)


def use(catalog: str | None, schema: str | None) -> str | None:
    """The statement that makes catalog and schema the current ones; None when neither is given."""
    place = quoted(*(part for part in (catalog, schema) if part))
    return f"USE {'SCHEMA' if schema else 'CATALOG'} {place}" if place else None


def logical_text(text: str) -> str:
    """A message, plan or listing with the workspace's names in the place of Spark's, in the quotes they had."""

    def name(found: re.Match) -> str:
        before, quote, catalog, schema = found.groups()
        return f"{'' if SESSION_CATALOG in before.lower() else before}{quote}{catalog}{quote}.{quote}{schema}{quote}"

    return _PHYSICAL.sub(name, text)
