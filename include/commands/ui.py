"""`make ui`: the local workspace, and Airflow with its UI, until Ctrl-C."""

import json
import os
import secrets
import signal
import subprocess
import sys
import time
import urllib.request

from include.commands import airflow_env
from include.commands.run import local_connection, start_workspace
from include.local_workspace.serve import free_port

_START_SECONDS = 120
# Without log servers, which listen on every address (Airflow 3.3, seen 2026-11-23): the logs are on this machine.
COMPONENTS = {
    "api-server": (),
    "scheduler": ("--skip-serve-logs",),
    "dag-processor": (),
    "triggerer": ("--skip-serve-logs",),
}
USER = "admin"


def main() -> int:
    """Start everything, say where it is, and stop everything at the first signal."""
    starting = start_workspace()
    airflow_env.migrate(airflow_env.environment())
    connection = local_connection(starting)
    port = int(os.environ.get("AIRFLOW_PORT") or free_port())
    password = secrets.token_urlsafe(12)
    env = component_environment(connection, port, password)
    logs = airflow_env.airflow_home() / "logs"
    logs.mkdir(parents=True, exist_ok=True)
    running = [start_component(name, env) for name in COMPONENTS]
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    try:
        if starting.wait() != 0 or not _wait_until_up(port, running):
            print(f"Airflow did not start within {_START_SECONDS} s; its logs are in {logs}.", file=sys.stderr)
            return 1
        print(
            f"\nAirflow UI   http://127.0.0.1:{port}\nuser         {USER}\npassword     {password}\n\nCtrl-C stops all."
        )
        while all(process.poll() is None for process in running):
            time.sleep(0.5)
        print(f"A part of Airflow ended; its logs are in {logs}.", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 0
    finally:
        stop(running)
        subprocess.run([sys.executable, "-m", "include.local_workspace", "stop"], check=False)  # noqa: S603


def component_environment(connection: dict, port: int, password: str) -> dict[str, str]:
    """The environment of every Airflow component; the password goes to a file that only its owner can read."""
    home = airflow_env.airflow_home()
    passwords = home / "simple_auth_manager_passwords.json.generated"
    passwords.touch(mode=0o600)
    passwords.write_text(json.dumps({USER: password}))
    return {
        **airflow_env.environment(connection),
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS": f"{USER}:admin",
        "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"http://127.0.0.1:{port}/execution/",
        "AIRFLOW__API__BASE_URL": f"http://127.0.0.1:{port}",
        "AIRFLOW__API__HOST": "127.0.0.1",
        "AIRFLOW__API__PORT": str(port),
        "AIRFLOW__API__WORKERS": "1",
        "AIRFLOW__API_AUTH__JWT_SECRET": secrets.token_hex(32),
        "AIRFLOW__API__SECRET_KEY": secrets.token_hex(32),
        "AIRFLOW__SCHEDULER__ENABLE_HEALTH_CHECK": "False",
    }


def start_component(name: str, env: dict[str, str]) -> subprocess.Popen:
    log = airflow_env.airflow_home() / "logs" / f"{name}.log"
    with log.open("ab") as sink:
        return subprocess.Popen(  # noqa: S603 - our own interpreter
            [sys.executable, "-m", "airflow", name, *COMPONENTS[name]],
            env=env,
            stdout=sink,
            stderr=sink,
            start_new_session=True,
        )


def stop(running: list[subprocess.Popen]) -> None:
    """End the components with their whole process groups."""
    for process in running:
        _signal_group(process, signal.SIGTERM)
    for process in running:
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            pass
        _signal_group(process, signal.SIGKILL)
        process.wait()


def _signal_group(process: subprocess.Popen, number: int) -> None:
    try:
        os.killpg(process.pid, number)
    except ProcessLookupError:
        return


def _wait_until_up(port: int, running: list[subprocess.Popen]) -> bool:
    end = time.monotonic() + _START_SECONDS
    while time.monotonic() < end and all(process.poll() is None for process in running):
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/api/v2/monitor/health", timeout=2):
                return True
        except OSError:
            time.sleep(0.3)
    return False


if __name__ == "__main__":
    sys.exit(main())
