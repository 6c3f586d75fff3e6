"""Prepares the engines: jars, the compiled Spark extension, the class archive. Quick when all of it is there."""

import sys

from include.local_workspace.engines.spark import prepare
from include.local_workspace.paths import Home


def main() -> int:
    try:
        prepare(Home.default().cache)
    except Exception as error:  # whatever went wrong, one clear message is worth more than a trace
        print(f"Preparing the engines failed: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
