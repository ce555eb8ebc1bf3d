"""Building the site of one or more workspaces."""

import sys
from collections.abc import Sequence
from pathlib import Path

from layers.words import say
from layers.workspace import Workspace
from maps.site import build_site
from zoning.portray import area_view
from zoning.study import Study


def build(workspaces: Sequence[Workspace], out: Path) -> str:
    """Build the pages and return the sentence that says where index.html is."""
    from rich.console import Console
    from rich.progress import track

    console = Console(stderr=True)
    steps = track(
        workspaces,
        description=say("cli.reading", area=""),
        console=console,
        disable=not sys.stderr.isatty(),
    )
    views = []
    for workspace in steps:
        if not sys.stderr.isatty():
            print(say("cli.reading", area=workspace.area.name), file=sys.stderr)
        views.append(area_view(Study(workspace)))
    index = build_site(
        views,
        out,
        progress=lambda area: console.print(say("cli.page", area=area), highlight=False),
    )
    return f"{say('cli.site_done')}\n{index.resolve()}"
