"""The Lakeview API, driven by databricks-sdk: drafts, etags, publishing, trash, and the files of the tree."""

import base64
import json
import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest
from databricks.sdk.errors import (
    BadRequest,
    InvalidParameterValue,
    NotFound,
    NotImplemented,
    ResourceAlreadyExists,
    ResourceConflict,
)
from databricks.sdk.service.dashboards import (
    CronSchedule,
    Dashboard,
    DashboardView,
    LifecycleState,
    Schedule,
)
from databricks.sdk.service.workspace import ExportFormat, ImportFormat, ObjectType

BOARD = {
    "datasets": [{"name": "ds", "displayName": "One", "queryLines": ["SELECT 1 AS n\n"]}],
    "pages": [{"name": "p", "displayName": "P", "layout": []}, {"name": "f", "pageType": "PAGE_TYPE_GLOBAL_FILTERS"}],
}


@pytest.fixture
def api(workspace):
    return workspace.client.lakeview


@pytest.fixture
def folder(workspace):
    path = f"/Shared/t_{uuid.uuid4().hex[:10]}"
    workspace.client.workspace.mkdirs(path)
    return path


def create(api, folder, name="Day", board=None, **target):
    text = json.dumps(BOARD if board is None else board)
    return api.create(Dashboard(display_name=name, parent_path=folder, serialized_dashboard=text), **target)


def exported(workspace, path) -> dict:
    return json.loads(base64.b64decode(workspace.client.workspace.export(path, format=ExportFormat.AUTO).content))


def test_a_dashboard_is_created_as_a_file_of_the_tree(workspace, api, folder):
    made = create(api, f"/Workspace{folder}", dataset_catalog="c", dataset_schema="s")

    assert len(made.dashboard_id) == 32 and int(made.dashboard_id, 16)
    assert (made.parent_path, made.path) == (folder, f"{folder}/Day.lvdash.json")
    assert made.lifecycle_state == LifecycleState.ACTIVE
    told = workspace.client.workspace.get_status(made.path)
    assert (told.object_type, told.resource_id) == (ObjectType.DASHBOARD, made.dashboard_id)
    assert [item.resource_id for item in workspace.client.workspace.list(folder)] == [made.dashboard_id]
    assert api.get(made.dashboard_id) == made
    board = json.loads(made.serialized_dashboard)
    assert board == exported(workspace, made.path)
    assert (board["datasets"][0]["catalog"], board["datasets"][0]["schema"]) == ("c", "s")
    assert [page["pageType"] for page in board["pages"]] == ["PAGE_TYPE_CANVAS", "PAGE_TYPE_GLOBAL_FILTERS"]
    assert made.serialized_dashboard.endswith("}\n")


def test_a_text_that_needs_no_addition_is_kept_as_it_is(api, folder):
    text = '{\n  "pages" : [] , "datasets":[]}'

    made = api.create(Dashboard(display_name="x", parent_path=folder, serialized_dashboard=text))

    assert made.serialized_dashboard == text + "\n"


def test_a_second_of_the_same_name_in_the_folder_is_refused_and_elsewhere_it_is_not(workspace, api, folder):
    made = create(api, folder)

    with pytest.raises(ResourceAlreadyExists, match=r"Node named 'Day\.lvdash\.json' already exists"):
        create(api, folder)
    workspace.client.workspace.mkdirs(f"{folder}/below")
    assert create(api, f"{folder}/below").dashboard_id != made.dashboard_id


def test_two_creates_at_once_make_one(api, folder):
    def attempt(_):
        try:
            return create(api, folder).dashboard_id
        except ResourceAlreadyExists:
            return None

    with ThreadPoolExecutor(8) as pool:
        made = [each for each in pool.map(attempt, range(8)) if each]

    assert len(made) == 1


def test_the_home_folder_is_the_default_and_a_missing_parent_is_named(workspace, api, folder):
    name = uuid.uuid4().hex
    made = api.create(Dashboard(display_name=name))
    me = workspace.client.current_user.me().user_name
    assert made.path == f"/Users/{me}/{name}.lvdash.json"
    assert json.loads(made.serialized_dashboard) == {"datasets": [], "pages": []}
    api.trash(made.dashboard_id)

    with pytest.raises(NotFound, match=rf"Path \({folder}/nowhere\) doesn't exist\."):
        create(api, f"{folder}/nowhere")


@pytest.mark.parametrize("name", ["a/b", "../x", "", "  ", "a\nb", "x" * 250])
def test_names_that_cannot_be_a_files_are_refused(workspace, api, folder, name):
    with pytest.raises(InvalidParameterValue):
        workspace.client.api_client.do(
            "POST", "/api/2.0/lakeview/dashboards", body={"display_name": name, "parent_path": folder}
        )
    assert list(workspace.client.workspace.list(folder)) == []


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{\n"datasets": [,]}', "line 2, column 14"),
        ("[]", "a JSON object .* not a list"),
        ("7", "not a number"),
        ('{"datasets": {}}', "datasets must be a list, not an object"),
        ('{"pages": "x"}', "pages must be a list, not a string"),
        ('{"pages": [7]}', r"pages\[0\] must be an object, not a number"),
        ('{"pages": [], "x": NaN}', "NaN is not a JSON value"),
        ("[" * 100_000, "not JSON"),
        ('{"pages": [], "x": "\ud800"}', "not JSON"),
    ],
)
def test_what_is_no_dashboard_is_refused_with_the_place(api, folder, text, message):
    with pytest.raises(InvalidParameterValue, match=message):
        api.create(Dashboard(display_name="x", parent_path=folder, serialized_dashboard=text))


def test_every_write_moves_the_etag_and_a_stale_one_conflicts(api, folder):
    made = create(api, folder)
    second = api.update(made.dashboard_id, Dashboard(serialized_dashboard="{}", etag=made.etag))
    third = api.update(made.dashboard_id, Dashboard(serialized_dashboard="{}"))

    assert len({made.etag, second.etag, third.etag}) == 3
    with pytest.raises(ResourceConflict, match=f"has etag {third.etag} now"):
        api.update(made.dashboard_id, Dashboard(serialized_dashboard='{"pages":[]}', etag=made.etag))
    now = api.get(made.dashboard_id)
    assert (now.etag, now.serialized_dashboard) == (third.etag, "{}\n")


def test_looking_and_publishing_leave_the_etag(workspace, api, folder):
    made = create(api, folder)
    list(api.list())
    list(workspace.client.workspace.list(folder))
    api.publish(made.dashboard_id, warehouse_id=workspace.warehouse_id)

    assert api.get(made.dashboard_id).etag == made.etag


def test_a_rename_moves_the_file_and_keeps_id_and_text(workspace, api, folder):
    made = create(api, folder)
    create(api, folder, "Taken")

    renamed = api.update(made.dashboard_id, Dashboard(display_name="Night"))

    assert (renamed.dashboard_id, renamed.path) == (made.dashboard_id, f"{folder}/Night.lvdash.json")
    assert renamed.serialized_dashboard == made.serialized_dashboard
    names = {item.path.rpartition("/")[2] for item in workspace.client.workspace.list(folder)}
    assert names == {"Night.lvdash.json", "Taken.lvdash.json"}
    with pytest.raises(ResourceAlreadyExists, match=r"Node named 'Taken\.lvdash\.json'"):
        api.update(made.dashboard_id, Dashboard(display_name="Taken"))
    with pytest.raises(NotImplemented, match="moving a dashboard"):
        api.update(made.dashboard_id, Dashboard(parent_path="/Shared"))


def test_what_was_got_can_be_sent_back_whole(api, folder):
    made = create(api, folder)
    made.display_name = "Other"

    assert api.update(made.dashboard_id, made).display_name == "Other"


def test_publishing_keeps_a_copy_that_the_draft_no_longer_changes(workspace, api, folder):
    made = create(api, folder)
    with pytest.raises(NotFound, match="Unable to find published dashboard"):
        api.get_published(made.dashboard_id)
    with pytest.raises(InvalidParameterValue, match="warehouse_id"):
        api.publish(made.dashboard_id)

    told = api.publish(made.dashboard_id, embed_credentials=True, warehouse_id=workspace.warehouse_id)

    assert (told.display_name, told.embed_credentials, told.warehouse_id) == ("Day", True, workspace.warehouse_id)
    assert api.get_published(made.dashboard_id) == told
    api.update(made.dashboard_id, Dashboard(serialized_dashboard="{}", display_name="Changed"))
    assert api.get_published(made.dashboard_id).display_name == "Day"
    reverted = api.revert(made.dashboard_id).dashboard
    assert reverted.serialized_dashboard == made.serialized_dashboard
    api.unpublish(made.dashboard_id)
    with pytest.raises(NotFound):
        api.get_published(made.dashboard_id)


def test_the_drafts_warehouse_is_the_one_to_publish_with_and_must_exist(workspace, api, folder):
    made = api.create(Dashboard(display_name="x", parent_path=folder, warehouse_id=workspace.warehouse_id))

    told = api.publish(made.dashboard_id)

    assert (told.warehouse_id, told.embed_credentials) == (workspace.warehouse_id, False)
    with pytest.raises(NotFound, match="nowhere"):
        api.publish(made.dashboard_id, warehouse_id="nowhere")


def test_the_trash_frees_the_name_and_is_listed_only_if_asked_for(workspace, api, folder):
    made = create(api, folder)
    api.publish(made.dashboard_id, warehouse_id=workspace.warehouse_id)

    api.trash(made.dashboard_id)

    gone = api.get(made.dashboard_id)
    assert gone.lifecycle_state == LifecycleState.TRASHED
    assert gone.serialized_dashboard == made.serialized_dashboard
    assert list(workspace.client.workspace.list(folder)) == []
    assert made.dashboard_id not in {each.dashboard_id for each in api.list()}
    assert made.dashboard_id in {each.dashboard_id for each in api.list(show_trashed=True)}
    with pytest.raises(NotFound):
        api.get_published(made.dashboard_id)
    with pytest.raises(BadRequest, match="in the trash"):
        api.update(made.dashboard_id, Dashboard(display_name="x"))
    assert create(api, folder).dashboard_id != made.dashboard_id


def test_the_list_comes_in_pages_without_texts(workspace, api, folder):
    ids = [create(api, folder, f"n{number}").dashboard_id for number in range(3)]

    found = [each for each in api.list(page_size=1, view=DashboardView.DASHBOARD_VIEW_BASIC)]

    assert [each.dashboard_id for each in found if each.dashboard_id in ids] == ids
    assert {each.serialized_dashboard for each in found} == {None}
    first = workspace.client.api_client.do("GET", "/api/2.0/lakeview/dashboards", query={"page_size": 1})
    assert len(first["dashboards"]) == 1 and first["next_page_token"]


def test_an_imported_file_is_a_dashboard_and_writing_over_it_moves_its_etag(workspace, api, folder):
    path = f"{folder}/theirs.lvdash.json"
    upload = workspace.client.workspace.upload
    upload(path, json.dumps(BOARD).encode(), format=ImportFormat.AUTO)
    [found] = [each for each in api.list() if each.path == path]

    upload(path, b"{}", format=ImportFormat.AUTO, overwrite=True)

    now = api.get(found.dashboard_id)
    assert (now.display_name, now.serialized_dashboard) == ("theirs", "{}")
    assert now.etag != found.etag
    workspace.client.workspace.delete(path)
    with pytest.raises(NotFound, match=found.dashboard_id):
        api.get(found.dashboard_id)


def test_an_id_that_is_none_is_not_found(api):
    for call in (api.get, api.trash, api.publish, api.get_published, api.unpublish, api.revert):
        with pytest.raises(NotFound):
            call("0" * 32)
    with pytest.raises(NotFound):
        api.update("0" * 32, Dashboard(display_name="x"))


def test_what_the_engines_cannot_do_is_refused_by_its_name(workspace, api, folder):
    made = create(api, folder)
    nightly = Schedule(cron_schedule=CronSchedule("0 0 6 * * ?", "UTC"))
    for call in (
        lambda: api.create_schedule(made.dashboard_id, nightly),
        lambda: list(api.list_schedules(made.dashboard_id)),
        lambda: list(api.list_subscriptions(made.dashboard_id, "s")),
        lambda: api.migrate("legacy"),
        lambda: workspace.client.lakeview_embedded.get_published_dashboard_token_info(made.dashboard_id),
    ):
        with pytest.raises(NotImplemented, match="lakeview/dashboards"):
            call()
