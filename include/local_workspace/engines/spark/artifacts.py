"""The two Delta Lake jars, fetched once from a Maven repository and checked against a pinned SHA-256.

`MAVEN_REPOSITORY_URL` names another repository for people behind a mirror; `https_proxy`, `no_proxy`,
`SSL_CERT_FILE` and `SSL_CERT_DIR` are honoured as urllib and OpenSSL do.
"""

import hashlib
import os
import tempfile
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path

from include.local_workspace.engines.spark.errors import SparkEngineError

SETTING = "MAVEN_REPOSITORY_URL"
MAVEN_CENTRAL = "https://repo1.maven.org/maven2"
_TIMEOUT_SECONDS = 60


@dataclass(frozen=True)
class Artifact:
    """One jar: its path below the repository's base URL, and the SHA-256 of its content."""

    path: str
    sha256: str

    @property
    def name(self) -> str:
        return self.path.rpartition("/")[2]


DELTA = (
    Artifact(
        "io/delta/delta-spark_4.2_2.13/4.4.0/delta-spark_4.2_2.13-4.4.0.jar",
        "27d4fd8b1f879535c573ed1c718177d6a27f24d3e626ba02e216369725721ead",
    ),
    Artifact(
        "io/delta/delta-storage/4.4.0/delta-storage-4.4.0.jar",
        "c46735481fa8e326b0957be02b4420cbcab4b325bb08009b7f2045a95133f1cc",
    ),
)


def repository() -> str:
    """Base URL of the Maven repository, without a slash at its end."""
    return (os.environ.get(SETTING) or MAVEN_CENTRAL).rstrip("/")


def fetch(artifact: Artifact, folder: Path) -> Path:
    """The artifact's file in `folder`, downloaded if it is not there yet.

    Raises SparkEngineError when the download is refused or its checksum is wrong; nothing half-written stays.
    """
    target = folder / artifact.name
    if target.exists():
        return target
    folder.mkdir(parents=True, exist_ok=True)
    url = f"{repository()}/{artifact.path}"
    descriptor, name = tempfile.mkstemp(prefix=f".{artifact.name}.", dir=folder)
    part = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as sink:
            found = _download(url, sink)
        if found != artifact.sha256:
            raise SparkEngineError(
                f"{url} has SHA-256 {found}, expected {artifact.sha256}: the repository serves another file. "
                f"Nothing was kept. Set {SETTING} to a Maven repository that serves the original, or ask who runs it."
            )
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)
    return target


def _download(url: str, sink) -> str:
    """Write the content of `url` to `sink`; its SHA-256."""
    if not url.startswith(("https://", "http://")):
        raise SparkEngineError(f"{SETTING} must be an http(s) URL of a Maven repository, not {repository()!r}.")
    digest = hashlib.sha256()
    try:
        with urllib.request.urlopen(url, timeout=_TIMEOUT_SECONDS) as answer:  # noqa: S310 - the scheme is checked
            while block := answer.read(1 << 20):
                digest.update(block)
                sink.write(block)
    except urllib.error.HTTPError as refused:
        raise _unreachable(url, f"HTTP {refused.code} {refused.reason}") from refused
    except urllib.error.URLError as failed:
        raise _unreachable(url, failed.reason) from failed
    except (TimeoutError, ConnectionError) as failed:
        raise _unreachable(url, failed) from failed
    return digest.hexdigest()


def _unreachable(url: str, reason: object) -> SparkEngineError:
    return SparkEngineError(
        f"Cannot download {url}: {reason}. Check the network and https_proxy, or set {SETTING} to the base URL of a "
        f"Maven repository that you can reach (default {MAVEN_CENTRAL}), then run the command again."
    )
