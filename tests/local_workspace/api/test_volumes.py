"""Volumes as Unity Catalog objects: through API and SQL, with the folder that Spark and notebooks see."""

import io

import pytest
from databricks.sdk.errors import BadRequest, InvalidParameterValue, NotFound, ResourceAlreadyExists
from databricks.sdk.service.catalog import VolumeType

from tests.conftest import CATALOG


def create(workspace, schema, name="raw_data", **more):
    return workspace.client.volumes.create(CATALOG, schema, name, VolumeType.MANAGED, **more)


def test_a_volume_is_read_back_and_listed(workspace, schema):
    made = create(workspace, schema, comment="landing")

    assert (made.full_name, made.comment) == (f"{CATALOG}.{schema}.raw_data", "landing")
    assert workspace.client.volumes.read(made.full_name).volume_id == made.volume_id
    assert [one.name for one in workspace.client.volumes.list(CATALOG, schema)] == ["raw_data"]
    assert workspace.sql(f"SHOW VOLUMES IN {CATALOG}.{schema}") == [[schema, "raw_data"]]


def test_a_second_create_is_refused_and_if_not_exists_is_not(workspace, schema):
    create(workspace, schema)

    with pytest.raises(ResourceAlreadyExists, match="already exists"):
        create(workspace, schema)
    workspace.sql(f"CREATE VOLUME IF NOT EXISTS {CATALOG}.{schema}.raw_data")


def test_spark_reads_what_the_files_api_wrote(workspace, schema):
    create(workspace, schema)
    base = f"/Volumes/{CATALOG}/{schema}/raw_data"
    workspace.client.files.upload(f"{base}/in/a.csv", io.BytesIO(b"id,name\n1,one\n2,two\n"))

    assert workspace.sql(f"SELECT count(*) FROM csv.`{base}/in/a.csv`") == [["3"]]


def test_rename_owner_and_comment(workspace, schema):
    made = create(workspace, schema)
    base = f"/Volumes/{CATALOG}/{schema}"
    workspace.client.files.upload(f"{base}/raw_data/a.txt", io.BytesIO(b"a"))
    changed = workspace.client.volumes.update(made.full_name, new_name="renamed", owner="team", comment="c")

    assert (changed.full_name, changed.owner, changed.comment) == (f"{CATALOG}.{schema}.renamed", "team", "c")
    assert workspace.client.files.download(f"{base}/renamed/a.txt").contents.read() == b"a"
    with pytest.raises(NotFound):
        workspace.client.volumes.read(made.full_name)


def test_a_dropped_volume_takes_its_files_along(workspace, schema):
    made = create(workspace, schema)
    file = f"/Volumes/{CATALOG}/{schema}/raw_data/a.txt"
    workspace.client.files.upload(file, io.BytesIO(b"old"))
    workspace.sql(f"DROP VOLUME {made.full_name}")

    with pytest.raises(NotFound):
        workspace.client.files.download(file)
    create(workspace, schema)
    assert list(workspace.client.files.list_directory_contents(f"/Volumes/{CATALOG}/{schema}/raw_data")) == []


def test_a_schema_with_a_volume_is_not_empty(workspace, schema):
    create(workspace, schema)
    with pytest.raises(BadRequest, match="raw_data"):
        workspace.client.schemas.delete(f"{CATALOG}.{schema}")


def test_volumes_of_a_dropped_schema_are_gone(workspace, schema):
    made = create(workspace, schema)
    file = f"/Volumes/{CATALOG}/{schema}/raw_data/a.txt"
    workspace.client.files.upload(file, io.BytesIO(b"old"))
    workspace.sql(f"DROP SCHEMA {CATALOG}.{schema} CASCADE")

    with pytest.raises(NotFound):
        workspace.client.volumes.read(made.full_name)
    workspace.sql(f"CREATE SCHEMA {CATALOG}.{schema}")
    assert list(workspace.client.volumes.list(CATALOG, schema)) == []
    with pytest.raises(NotFound):
        workspace.client.files.download(file)


def test_what_is_refused_says_so(workspace, schema):
    with pytest.raises(Exception, match="external volumes"):
        workspace.client.volumes.create(CATALOG, schema, "x", VolumeType.EXTERNAL, storage_location="s3://bucket")
    with pytest.raises(NotFound, match="Schema .* does not exist"):
        create(workspace, "no_such_schema")
    with pytest.raises(InvalidParameterValue, match="not a valid volume name"):
        create(workspace, schema, "../up")
