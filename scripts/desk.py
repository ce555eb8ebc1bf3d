"""``shanhe desk``: the review desk in a browser, on this machine."""

from pathlib import Path
from typing import Annotated

import typer

from layers.words import say


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("desk", help=say("desk.help.command"))(desk)


def desk(  # noqa: PLR0913 - one argument an option
    area: Annotated[str, typer.Option("--area", help=say("cli.option_area"))] = "",
    workspace: Annotated[
        Path | None, typer.Option("--workspace", help=say("cli.option_workspace"))
    ] = None,
    data: Annotated[Path, typer.Option("--data", help=say("desk.help.data"))] = Path("desk"),
    host: Annotated[str, typer.Option("--host", help=say("desk.help.host"))] = "127.0.0.1",
    port: Annotated[
        int, typer.Option("--port", min=1, max=65535, help=say("desk.help.port"))
    ] = 8765,
    token: Annotated[
        str, typer.Option("--token", envvar="SHANHE_DESK_TOKEN", help=say("desk.help.token"))
    ] = "",
    rules: Annotated[list[Path] | None, typer.Option("--rules", help=say("review.help.rules"))] = (
        None
    ),
) -> None:
    """Serve the desk until it is interrupted."""
    import socket
    from urllib.parse import quote

    import uvicorn

    from layers.errors import WorkspaceError
    from maps.desk.app import create_app
    from maps.desk.guard import Place
    from maps.desk.listening import PatientProtocol
    from scripts.shanhe import open_workspace

    place = Place(host, port, token)
    folders = [folder.resolve() for folder in rules or ()]
    app = create_app(open_workspace(area, workspace).folder, data, place, rules=folders)
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as listening:
        try:
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listening.bind((host, port))
        except OSError as error:
            reason = error.strerror or error
            raise WorkspaceError(say("desk.port", host=host, port=port, reason=reason)) from error
        name = f"[{host}]" if ":" in host else host
        url = f"http://{name}:{port}/" + (f"?token={quote(token)}" if token else "")
        print(say("desk.started", url=url, folder=data.resolve()), flush=True)
        config = uvicorn.Config(
            app, log_level="warning", access_log=False, proxy_headers=False, server_header=False,
            timeout_graceful_shutdown=5, http=PatientProtocol, ws="none",
        )  # fmt: skip
        uvicorn.Server(config).run(sockets=[listening])
