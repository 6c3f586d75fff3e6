"""Notebooks run as jobs run them: through runs/submit, in a process of their own, with the real Spark."""

import json

from tests.conftest import CATALOG
from tests.local_workspace.runtime.support import notebook, studio  # noqa: F401


def _result(output: dict) -> dict:
    return json.loads(output["notebook_output"]["result"])


def test_cells_magics_widgets_and_imports(studio):  # noqa: F811
    studio.file("lib/helpers.py", "def double(n):\n    return 2 * n\n")
    studio.notebook("given = int(dbutils.widgets.get('n'))", "run_cell = 'second'", name="other")
    run, output = studio.run_cells(
        "# MAGIC %md\n# MAGIC # A title",
        "# MAGIC %pip install numpy>=1 --quiet",
        'dbutils.widgets.text("day", "2026-01-01")\ndbutils.widgets.dropdown("mode", "a", ["a", "b"])\n'
        f'import sys\nsys.path.insert(0, "/Workspace{studio.folder}/lib")\nfrom helpers import double',
        '# MAGIC %run ./other $n="21"',
        "# MAGIC %sql\n# MAGIC -- a comment; with a semicolon\n# MAGIC SELECT 1 AS one;\n"
        "# MAGIC SELECT :day AS day, ';' AS mark, 1::int AS cast",
        "from databricks.sdk.runtime import dbutils as theirs, spark as session\n"
        "row = _sqldf.collect()[0]\nprint('hello from the log')\n"
        "import json\nresult = {'double': double(given), 'row': [row.day, row.mark, row.cast], 'second': run_cell,\n"
        "  'same': theirs is dbutils and session is spark, 'mode': dbutils.widgets.get('mode')}",
        "dbutils.notebook.exit(json.dumps(result))",
        "raise RuntimeError('never reached')",
        day="2026-11-22",
    )
    assert run["state"]["result_state"] == "SUCCESS", output
    expected = {"double": 42, "row": ["2026-11-22", ";", 1], "second": "second", "same": True, "mode": "a"}
    assert _result(output) == expected
    assert "hello from the log" in output["logs"]
    assert "2026-11-22" in output["logs"], "a query cell shows its rows"


def test_an_error_names_notebook_cell_line_and_source(studio):  # noqa: F811
    run, output = studio.run_cells("x = 1", "y = 2\n\nz = x / (y - 2)")
    path = run["tasks"][0]["notebook_task"]["notebook_path"]
    assert run["state"]["life_cycle_state"] == "INTERNAL_ERROR"
    expected = "Task main failed with message: Workload failed, see run output for details."
    assert run["state"]["state_message"] == expected
    assert run["status"]["termination_details"]["code"] == "RUN_EXECUTION_ERROR"
    assert output["error"] == f"ZeroDivisionError: division by zero\n  at {path}, cell 2, line 8: z = x / (y - 2)"
    assert f'File "{path}", line 8' in output["error_trace"]
    assert "dbruntime" not in output["error_trace"]


_ERRORS = {
    "spark": ("spark.table('no_such.table').collect()", 2, ["TABLE_OR_VIEW_NOT_FOUND", "no_such"]),
    "sql": ("# MAGIC %sql\n# MAGIC SELECT 1;\n# MAGIC SELECT broken syntax here", 4, ["PARSE_SYNTAX_ERROR"]),
    "run": ("# MAGIC %run ./missing", 2, ["Unable to access the notebook", "missing"]),
    "pip": ("# MAGIC %pip install numpy==0.1", 2, ["numpy==0.1", "is installed", "pin"]),
    "magic": ("# MAGIC %scala\n# MAGIC val x = 1", 2, ["%scala"]),
    "secrets": ("dbutils.secrets.get('a', 'b')", 2, ["secrets", "not served"]),
}


def test_errors_of_spark_sql_run_and_pip_say_where_and_what(studio):  # noqa: F811
    _, outputs = studio.run(*(notebook(key, studio.notebook(cell)) for key, (cell, _, _) in _ERRORS.items()))
    for key, (_, line, words) in _ERRORS.items():
        output = outputs[key]
        assert f", cell 1, line {line}: " in output["error"], output
        assert all(word in output["error"] for word in words), output
        assert "JVM stacktrace" not in output["error"] + output["error_trace"] + output["logs"]


def test_files_in_volumes_and_the_workspace(studio, schema):  # noqa: F811
    volume = studio.volume(schema)
    studio.file("data.txt", "from the workspace")
    run, output = studio.run_cells(
        f'root = "{volume}"\ndbutils.fs.mkdirs(root + "/a/b")\ndbutils.fs.put("dbfs:" + root + "/a/b/x.txt", "hello")',
        'dbutils.fs.cp(root + "/a", root + "/c", recurse=True)\ndbutils.fs.mv(root + "/c/b/x.txt", root + "/y.txt")\n'
        'dbutils.fs.rm(root + "/a", recurse=True)',
        "refused = []\n"
        f'for path in ("/Volumes/{CATALOG}/{schema}/landing/../../../../secret", "dbfs:/tmp/x",\n'
        '             "/Volumes/no/such/vol/x", "/Workspace/../../etc/passwd", "s3://bucket/x"):\n'
        "    try:\n        dbutils.fs.head(path)\n    except ValueError as error:\n        refused.append(str(error))",
        "import json\ndbutils.notebook.exit(json.dumps({\n"
        '  "names": [f.name for f in dbutils.fs.ls(root)], "text": dbutils.fs.head(root + "/y.txt"),\n'
        '  "spark": spark.read.text(root + "/y.txt").collect()[0].value, "refused": len(refused),\n'
        f'  "file": dbutils.fs.head("file:/Workspace{studio.folder}/data.txt")}}))',
    )
    assert run["state"]["result_state"] == "SUCCESS", output
    found = _result(output)
    assert found.pop("names") == ["c/", "y.txt"]
    assert found == {"text": "hello", "spark": "hello", "refused": 5, "file": "from the workspace"}


def test_a_run_sees_uploaded_files_only(studio):  # noqa: F811
    run, output = studio.run_cells(
        "import os, sys\nfound = []\n"
        "for name in ('include', 'tests', 'include.local_workspace'):\n"
        "    try:\n        __import__(name)\n        found.append(name)\n    except ImportError:\n        pass",
        "secret = [name for name in os.environ if 'AIRFLOW' in name or name == 'PYTHONPATH']",
        "from databricks.sdk import WorkspaceClient\nme = WorkspaceClient().current_user.me().user_name",
        "import json\ndbutils.notebook.exit(json.dumps({'found': found, 'secret': secret, 'me': bool(me)}))",
    )
    assert run["state"]["result_state"] == "SUCCESS", output
    assert _result(output) == {"found": [], "secret": [], "me": True}


def test_a_notebook_runs_another_and_hears_of_its_failure(studio):  # noqa: F811
    studio.notebook("dbutils.notebook.exit('got ' + dbutils.widgets.get('word'))", name="child")
    studio.notebook("raise ValueError('the child is ill')", name="ill")
    run, output = studio.run_cells(
        "answer = dbutils.notebook.run('child', 60, {'word': 'milk'})",
        "try:\n    dbutils.notebook.run('./ill', 60)\nexcept Exception as error:\n    said = str(error)",
        "import json\ndbutils.notebook.exit(json.dumps([answer, 'the child is ill' in said]))",
    )
    assert run["state"]["result_state"] == "SUCCESS", output
    assert _result(output) == ["got milk", True]


def test_python_restart_forgets_names_and_goes_on(studio):  # noqa: F811
    run, output = studio.run_cells("before = 1\ndbutils.library.restartPython()\nbefore = 2", "'before' in globals()",
                                   "dbutils.notebook.exit(str('before' in globals()))")  # fmt: skip
    assert output["notebook_output"]["result"] == "False"


def test_python_files_run_with_arguments(studio):  # noqa: F811
    path = studio.file(
        "main.py", "import sys\nprint('args', sys.argv[1:])\nassert len(sys.argv) == 2, 'one argument'\n"
    )
    task = {"task_key": "py", "spark_python_task": {"python_file": path, "parameters": ["{{job.run_id}}"]}}
    run, outputs = studio.run(task)
    assert run["state"]["result_state"] == "SUCCESS"
    assert f"args ['{run['run_id']}']" in outputs["py"]["logs"]
    task["spark_python_task"]["parameters"] = []
    _, outputs = studio.run(task)
    assert "AssertionError: one argument" in outputs["py"]["error"]
    assert "line 3" in outputs["py"]["error"]


def test_functions_of_a_notebook_run_on_spark(studio):  # noqa: F811
    studio.file("lib/shout.py", "def shout(text):\n    return text.upper()\n")
    run, output = studio.run_cells(
        f"import sys\nsys.path.insert(0, '/Workspace{studio.folder}/lib')\nimport shout",
        "from pyspark.sql.functions import udf\nloud = udf(lambda text: shout.shout(text) + '!')",
        "frame = spark.createDataFrame([('a',)], 'text STRING')\n"
        "dbutils.notebook.exit(frame.select(loud('text')).collect()[0][0])",
    )
    assert output.get("error") is None, output
    assert output["notebook_output"]["result"] == "A!"


def test_environments_are_checked_not_installed(studio):  # noqa: F811
    task = {**notebook("main", studio.notebook("print('ran')")), "environment_key": "env"}
    spec = {"environment_key": "env", "spec": {"environment_version": "2", "dependencies": ["pandas<1"]}}
    _, outputs = studio.run(task, environments=[spec])
    assert "pandas<1" in outputs["main"]["error"] and "is installed" in outputs["main"]["error"]
    spec["spec"]["dependencies"] = ["pandas>=2"]
    run, _ = studio.run(task, environments=[spec])
    assert run["state"]["result_state"] == "SUCCESS"
