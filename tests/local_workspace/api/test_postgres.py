"""Lakebase through databricks-sdk and psycopg: projects, branches, endpoints, roles, databases, credentials."""

import os
import uuid
from datetime import timedelta

import psutil
import psycopg
import pytest
import requests
from databricks.sdk.common.types.fieldmask import FieldMask
from databricks.sdk.errors import AlreadyExists, BadRequest, InvalidParameterValue, NotFound, NotImplemented
from databricks.sdk.service import postgres as pg
from google.protobuf.duration_pb2 import Duration
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from include.local_workspace.engines.process import wait_until

READ_WRITE = pg.EndpointType.ENDPOINT_TYPE_READ_WRITE


@pytest.fixture(scope="module")
def project(workspace):
    """A project of its own for this module; its name."""
    spec = pg.ProjectSpec(display_name="Tests", pg_version=17)
    made = workspace.client.postgres.create_project(pg.Project(spec=spec), f"test-{uuid.uuid4().hex[:8]}").wait()
    yield made.name
    workspace.client.postgres.delete_project(made.name).wait()


@pytest.fixture(scope="module")
def production(project):
    return f"{project}/branches/production"


def connect(workspace, branch: str, password: str | None = None, **more) -> psycopg.Connection:
    endpoint = workspace.client.postgres.get_endpoint(f"{branch}/endpoints/primary")
    token = password or workspace.client.postgres.generate_database_credential(endpoint.name).token
    login = {
        "host": endpoint.status.hosts.host, "port": workspace.connection["lakebase_port"], "password": token,
        "user": workspace.client.current_user.me().user_name, "dbname": "databricks_postgres", **more,
    }  # fmt: skip
    return psycopg.connect(**login, autocommit=True)


def test_a_project_has_branch_endpoint_database_and_role(workspace, project, production):
    api = workspace.client.postgres
    told = api.get_project(project)
    me = workspace.client.current_user.me().user_name

    assert (told.status.display_name, told.status.owner, told.status.default_branch) == ("Tests", me, production)
    assert project in [one.name for one in api.list_projects()]
    [branch] = api.list_branches(project)
    assert (branch.name, branch.status.default, branch.status.current_state) == (
        production,
        True,
        pg.BranchStatusState.READY,
    )
    [endpoint] = api.list_endpoints(production)
    assert endpoint.name == f"{production}/endpoints/primary"
    assert (endpoint.status.endpoint_type, endpoint.status.current_state.value) == (READ_WRITE, "ACTIVE")
    assert [one.status.postgres_database for one in api.list_databases(production)] == ["databricks_postgres"]
    assert [one.status.postgres_role for one in api.list_roles(production)] == [me]


def test_the_caller_works_in_the_database(workspace, production):
    with connect(workspace, production) as connection:
        connection.execute("CREATE SCHEMA IF NOT EXISTS app")
        connection.execute("CREATE EXTENSION IF NOT EXISTS vector")
        connection.execute("CREATE TABLE app.rules (id int PRIMARY KEY, near vector(2))")
        connection.execute("INSERT INTO app.rules VALUES (1, '[1,2]')")
        assert connection.execute("SELECT near <-> '[1,3]' FROM app.rules").fetchone() == (1.0,)
        user, superuser = connection.execute(
            "SELECT current_user, rolsuper FROM pg_roles WHERE rolname = current_user"
        ).fetchone()
    assert (user, superuser) == (workspace.client.current_user.me().user_name, False)


def test_conflicts_are_told_as_the_cloud_tells_them(workspace, project, production):
    api = workspace.client.postgres
    with pytest.raises(AlreadyExists, match="project with such id already exists in the workspace"):
        api.create_project(pg.Project(), project.removeprefix("projects/"))
    with pytest.raises(AlreadyExists, match="branch with such id already exists"):
        api.create_branch(project, pg.Branch(spec=pg.BranchSpec(no_expiry=True)), "production")
    with pytest.raises(AlreadyExists, match="endpoint with such id already exists"):
        api.create_endpoint(production, pg.Endpoint(spec=pg.EndpointSpec(endpoint_type=READ_WRITE)), "primary")
    spec = pg.EndpointSpec(endpoint_type=READ_WRITE, autoscaling_limit_min_cu=1, autoscaling_limit_max_cu=2)
    replaced = api.create_endpoint(production, pg.Endpoint(spec=spec), "primary", replace_existing=True).wait()
    assert replaced.status.autoscaling_limit_max_cu == 2
    for call, word in (
        (lambda: api.delete_branch(production), "Root branches"),
        (lambda: api.delete_endpoint(f"{production}/endpoints/primary"), "Read-write endpoints"),
    ):
        with pytest.raises(BadRequest, match=word) as refused:
            call()
        assert refused.value.get_error_info()[0].metadata == {"declarative_context": "MANAGED_BY_PARENT"}


def test_operations_are_read_again_under_their_name(workspace, project):
    api = workspace.client.postgres
    update = api.update_project(
        project, pg.Project(spec=pg.ProjectSpec(display_name="New")), FieldMask(["spec.display_name"])
    )
    operation = api.get_operation(update.name())

    assert (operation.done, operation.error) == (True, None)
    assert pg.Project.from_dict(operation.response).status.display_name == "New"
    with pytest.raises(NotFound):
        api.get_operation(f"{project}/operations/none")


def test_a_branch_is_a_copy_that_goes_its_own_way(workspace, project, production):
    api = workspace.client.postgres
    with connect(workspace, production) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS public.kept (n int)")
        connection.execute("INSERT INTO public.kept VALUES (1)")
    ttl = Duration(seconds=3600)
    branch = api.create_branch(project, pg.Branch(spec=pg.BranchSpec(ttl=ttl)), "dev").wait()
    try:
        assert branch.status.source_branch == production
        assert branch.status.expire_time
        with connect(workspace, branch.name) as copy, connect(workspace, production) as origin:
            assert copy.execute("SELECT count(*) FROM public.kept").fetchone() == (1,)
            copy.execute("DROP TABLE public.kept")
            assert origin.execute("SELECT count(*) FROM public.kept").fetchone() == (1,)
        assert [one.status.postgres_database for one in api.list_databases(branch.name)] == ["databricks_postgres"]
    finally:
        api.delete_branch(branch.name).wait()
    with pytest.raises(NotFound):
        api.get_branch(branch.name)


def test_a_branch_needs_one_way_to_expire(workspace, project):
    for spec in (
        pg.BranchSpec(),
        pg.BranchSpec(no_expiry=True, ttl=Duration(seconds=600)),
        pg.BranchSpec(no_expiry=False),
    ):
        with pytest.raises(InvalidParameterValue, match="no_expiry"):
            workspace.client.postgres.create_branch(project, pg.Branch(spec=spec), "dev")
    with pytest.raises(InvalidParameterValue, match="ttl"):
        too_long = pg.BranchSpec(ttl=Duration(seconds=31 * 86400))
        workspace.client.postgres.create_branch(project, pg.Branch(spec=too_long), "dev")


def test_a_credential_is_the_password_and_the_same_while_it_lasts(workspace, production):
    api = workspace.client.postgres
    first = api.generate_database_credential(f"{production}/endpoints/primary")
    second = api.generate_database_credential(f"{production}/endpoints/primary", ttl=Duration(seconds=300))

    assert first.token == second.token
    assert first.expire_time.ToDatetime() - second.expire_time.ToDatetime() > timedelta(minutes=50)
    with connect(workspace, production, first.token), connect(workspace, production, second.token):
        pass
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        connect(workspace, production, "wrong")
    logs = [file for file in (workspace.home / "logs").rglob("*") if file.is_file()]
    assert logs
    assert not [file for file in logs if first.token.encode() in file.read_bytes()]


@pytest.mark.parametrize("seconds", [0, 299, 3601])
def test_a_credential_lives_five_minutes_to_an_hour(workspace, production, seconds):
    with pytest.raises(InvalidParameterValue, match="300s to 3600s"):
        workspace.client.postgres.generate_database_credential(
            f"{production}/endpoints/primary", ttl=Duration(seconds=seconds)
        )


def test_credentials_need_an_endpoint(workspace, production):
    with pytest.raises(NotFound, match="endpoint id not found"):
        workspace.client.postgres.generate_database_credential(f"{production}/endpoints/none")


def test_roles_and_databases_are_real(workspace, production):
    api = workspace.client.postgres
    role = api.create_role(
        production, pg.Role(spec=pg.RoleRoleSpec(postgres_role="app_owner")), role_id="app-owner"
    ).wait()
    spec = pg.DatabaseDatabaseSpec(role=role.name, postgres_database="app_data")
    database = api.create_database(production, pg.Database(spec=spec), database_id="app-data").wait()
    password = api.reveal_role_password(role.name).password

    with connect(workspace, production, password, user="app_owner", dbname="app_data") as connection:
        connection.execute("CREATE TABLE t (n int)")
    with pytest.raises(BadRequest, match="already exists"):
        api.create_database(production, pg.Database(spec=spec), database_id="app-data")
    with pytest.raises(BadRequest, match="still owns"):
        api.delete_role(role.name)
    renamed = pg.Database(spec=pg.DatabaseDatabaseSpec(role=role.name, postgres_database="app_more"))
    told = api.update_database(database.name, renamed, FieldMask(["spec.postgres_database"])).wait()
    assert told.status.postgres_database == "app_more"
    api.delete_database(database.name).wait()
    with pytest.raises(psycopg.OperationalError, match="does not exist"):
        connect(workspace, production, password, user="app_owner", dbname="app_more")
    api.delete_role(role.name).wait()
    with pytest.raises(NotFound):
        api.get_role(role.name)


def test_a_disabled_endpoint_takes_no_connections(workspace, production):
    api = workspace.client.postgres
    name = f"{production}/endpoints/primary"
    token = api.generate_database_credential(name).token
    off = pg.Endpoint(spec=pg.EndpointSpec(endpoint_type=READ_WRITE, disabled=True))
    assert api.update_endpoint(name, off, FieldMask(["spec.disabled"])).wait().status.current_state.value == "IDLE"
    with pytest.raises(psycopg.OperationalError):
        connect(workspace, production, token)
    with pytest.raises(BadRequest, match="disabled"):
        api.generate_database_credential(name)
    on = pg.Endpoint(spec=pg.EndpointSpec(endpoint_type=READ_WRITE, disabled=False))
    api.update_endpoint(name, on, FieldMask(["spec.disabled"])).wait()
    connect(workspace, production, token).close()


def test_limits_and_masks_are_checked(workspace, production):
    api = workspace.client.postgres
    name = f"{production}/endpoints/primary"
    for change, word in (
        ({"autoscaling_limit_min_cu": 0.1}, "0.5"),
        ({"autoscaling_limit_min_cu": 4, "autoscaling_limit_max_cu": 2}, "more than"),
        ({"autoscaling_limit_min_cu": 1, "autoscaling_limit_max_cu": 20}, "16"),
        ({"suspend_timeout_duration": Duration(seconds=5)}, "60s to 604800s"),
    ):
        endpoint = pg.Endpoint(spec=pg.EndpointSpec(endpoint_type=READ_WRITE, **change))
        with pytest.raises(InvalidParameterValue, match=word):
            api.update_endpoint(name, endpoint, FieldMask(["spec"]))
    endpoint = pg.Endpoint(spec=pg.EndpointSpec(endpoint_type=READ_WRITE))
    for mask, word in ((["spec.nonsense"], "Unknown field path"), (["spec.disabled"], "not provided")):
        with pytest.raises(InvalidParameterValue, match=word):
            api.update_endpoint(name, endpoint, FieldMask(mask))


def test_what_is_not_served_says_so(workspace, project, production):
    api = workspace.client.postgres
    read_only = pg.EndpointSpec(endpoint_type=pg.EndpointType.ENDPOINT_TYPE_READ_ONLY)
    for call in (
        lambda: api.create_endpoint(production, pg.Endpoint(spec=read_only), "replica"),
        lambda: api.create_snapshot(project, pg.Snapshot(), "s"),
        lambda: list(api.list_snapshots(project)),
    ):
        with pytest.raises(NotImplemented):
            call()
    with pytest.raises(BadRequest, match="/api/2.0/postgres"):
        workspace.client.database.get_database_instance("x")
    with pytest.raises(BadRequest, match="/api/2.0/postgres"):
        list(workspace.client.database.list_database_instances())


@given(name=st.text(max_size=30))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_id_is_refused_or_fits(workspace, production, name):
    answer = requests.post(
        f"{workspace.host}/api/2.0/postgres/{production}/roles", params={"role_id": f"{name}!"}, json={"spec": {}},
        headers={"Authorization": f"Bearer {workspace.token}"},
    )  # fmt: skip
    assert (answer.status_code, answer.json()["error_code"]) == (400, "INVALID_PARAMETER_VALUE")


def test_a_killed_server_comes_back_with_its_data(workspace, production):
    with connect(workspace, production) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS public.safe (n int)")
        connection.execute("TRUNCATE public.safe")
        connection.execute("INSERT INTO public.safe SELECT generate_series(1, 500)")
        address = connection.info.host
    token = workspace.client.postgres.generate_database_credential(f"{production}/endpoints/primary").token
    os.kill(postmaster(workspace, address).pid, 9)

    def back() -> bool:
        try:
            with connect(workspace, production, token) as again:
                return again.execute("SELECT count(*) FROM public.safe").fetchone() == (500,)
        except psycopg.OperationalError:
            return False

    assert wait_until(back, 60, 0.2)


def postmaster(workspace, address: str) -> psutil.Process:
    port = workspace.connection["lakebase_port"]
    for found in psutil.process_iter(["name"]):
        if found.info["name"] == "postgres":
            for socket in found.net_connections("tcp4"):
                if socket.status == psutil.CONN_LISTEN and (socket.laddr.ip, socket.laddr.port) == (address, port):
                    return found
    raise AssertionError(f"no server listens on {address}:{port}")
