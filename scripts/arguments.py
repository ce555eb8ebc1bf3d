"""What the analysts' scripts ask for on their command line: an area or a workspace."""

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

from layers.errors import ShanheError
from layers.workspace import Workspace
from zoning.study import Study


def parser(description: str | None) -> argparse.ArgumentParser:
    """Return a parser that takes ``--area`` or ``--workspace``."""
    made = argparse.ArgumentParser(
        description=description, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    source = made.add_mutually_exclusive_group(required=True)
    source.add_argument("--area", help="an embedded area, e.g. tianzhen or 天镇县")
    source.add_argument("--workspace", type=Path, help="your own workspace folder")
    return made


def study(options: argparse.Namespace) -> Study:
    """Return the study of the area or workspace that the options name."""
    chosen = options.workspace
    return Study(Workspace(chosen) if chosen else Workspace.embedded(options.area))


def run(job: Callable[[], None]) -> None:
    """Run a script's job; an error that the user can mend is one message and exit 2."""
    try:
        job()
    except ShanheError as error:
        print(error, file=sys.stderr)
        sys.exit(2)
