"""Lakebase: objects are created once and adopted afterwards; a credential opens a connection."""

import uuid

import pytest

from include.databricks_tasks.lakebase import LakebaseObjectOperator, connect


@pytest.fixture
def project_id():
    return f"p-{uuid.uuid4().hex[:8]}"


def _project(project_id):
    return LakebaseObjectOperator(
        task_id="project", kind="projects", object_id=project_id, spec={"display_name": project_id, "pg_version": 17}
    )


def test_project_branch_and_endpoint_are_made_once(workspace, task, project_id):
    def everything():
        project = task.run(_project(project_id))
        branch = task.run(
            LakebaseObjectOperator(
                task_id="branch",
                kind="branches",
                parent=project,
                object_id="production",
                spec={"no_expiry": True},
            )
        )
        endpoint = task.run(
            LakebaseObjectOperator(
                task_id="endpoint",
                kind="endpoints",
                parent=branch,
                object_id="primary",
                spec={"endpoint_type": "ENDPOINT_TYPE_READ_WRITE"},
            )
        )
        return project, branch, endpoint

    first = everything()

    assert first[2] == f"projects/{project_id}/branches/production/endpoints/primary"
    assert everything() == first
    with connect(first[2]) as connection:
        assert connection.execute("SELECT current_user, 1").fetchone() == ("you@local.workspace", 1)
    workspace.client.api_client.do("DELETE", f"/api/2.0/postgres/projects/{project_id}")


def test_an_endpoint_of_another_name_is_adopted(workspace, task, project_id):
    project = task.run(_project(project_id))
    adopted = task.run(
        LakebaseObjectOperator(
            task_id="endpoint",
            kind="endpoints",
            parent=f"{project}/branches/production",
            object_id="another",
            spec={"endpoint_type": "ENDPOINT_TYPE_READ_WRITE"},
        )
    )

    assert adopted == f"{project}/branches/production/endpoints/primary"
    workspace.client.api_client.do("DELETE", f"/api/2.0/postgres/projects/{project_id}")
