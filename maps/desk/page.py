"""The desk's one page, its script and its style."""

from functools import cache
from importlib.resources import files
from pathlib import Path

from layers.formats.grid import ZONES_3, ZONES_6, gauss_kruger
from layers.words import say
from layers.workspace import Workspace
from maps.desk.pasted import SHAPES
from maps.desk.store import SIGNS, VERDICTS
from maps.leaflet import TEMPLATES
from maps.pack import json_block, pack_style
from maps.report import FORMS
from maps.report.marks import mark
from maps.report.summary import EFFECTS
from maps.style import load_style
from zoning.activities import TITLES

SCRIPTS = ("dom", "desk-map", "desk")

WORDS = (
    "working", "reading", "failed", "network", "too_large", "no_rows", "rows", "rows_more",
    "opened", "made", "previous", "later", "again", "again_day", "marks", "repeated", "holds",
    "expires", "decide", "decided", "choose", "saved", "undecided", "history", "no_history",
    "form_wait", "lost", "reason_hint", "conflict", "remove", "stale_row", "decision", "reason",
    "reviewer", "metres", "kilometres", "zoom_in", "zoom_out", "pointer", "county", "sites",
    "none_near",
)  # fmt: skip
"""Keys of ``[desk.page]`` that the script uses."""

TEMPLATE_WORDS = (
    "skip", "local", "ask", "files", "pasted", "pasted_example", "pasted_hint", "shape", "name",
    "name_example", "day", "activity", "by_words", "crs", "crs_own", "accuracy",
    "accuracy_unknown", "send", "problem", "problem_hint", "result", "decisions",
    "decisions_hint", "map", "look", "map_label", "map_site", "map_county",
    "map_hint", "list", "search", "search_hint", "state", "all", "effect",
    "decision", "undecided", "marked", "after", "before", "site", "source", "made_at",
)  # fmt: skip
"""Those that the template uses."""

DATUMS = ("cgcs2000", "xian80", "beijing54")


def desk_page(workspace: Path, upload_bytes: int) -> str:
    """Return the page of a workspace's desk; it loads nothing but its script and its style.

    Raises:
        ShanheError: the workspace is wrong.

    """
    area = Workspace(workspace)
    look = load_style()
    data = {
        **pack_style(look),
        "words": {key: say(f"desk.page.{key}") for key in WORDS},
        "effects": [_look(effect) for effect in EFFECTS],
        "verdicts": [[verdict, say(f"desk.verdict.{verdict}")] for verdict in VERDICTS],
        "forms": [[form, say(f"desk.form.{form}")] for form in FORMS],
        "upload_bytes": upload_bytes,
        "signs": SIGNS,
    }
    return TEMPLATES.get_template("desk.html").render(
        title=say("desk.title", area=area.area.name),
        symbols=[cls for kind in look.kinds.values() for cls in (kind.base, *kind.classes)],
        systems=_systems(area),
        activities=sorted(TITLES.items(), key=lambda item: item[1]),
        shapes=[(shape, say(f"desk.shape.{shape}")) for shape in SHAPES],
        states=[(state.state, state.label) for state in look.states],
        effects=[(effect, mark(effect, "effect").text) for effect in EFFECTS],
        verdicts=[(verdict, say(f"desk.verdict.{verdict}")) for verdict in VERDICTS],
        words={key: say(f"desk.page.{key}") for key in TEMPLATE_WORDS},
        files_hint=say("desk.page.files_hint", limit=upload_bytes >> 20),
        data=json_block(data),
    )


def _look(effect: str) -> dict[str, str]:
    look = mark(effect, "effect")
    shown = {"label": look.text, "color": look.color, "tint": look.tint, "shape": look.shape}
    return {"id": effect, **shown}


def _systems(area: Workspace) -> list[tuple[str, list[tuple[str, str]]]]:
    """Return the CRS to choose from, in groups: degrees, then the zones that the county meets."""
    west, _, east, _ = area.boundary.bounds
    zones = [
        *(zone for zone in ZONES_3 if zone * 3 - 1.5 < east and zone * 3 + 1.5 > west),
        *(zone for zone in ZONES_6 if zone * 6 - 6 < east and zone * 6 > west),
    ]
    degrees = [(code, say(f"desk.system.{key}")) for key, code in (
        ("degrees", "EPSG:4490"), ("wgs84", "EPSG:4326"), ("gcj02", "GCJ-02"), ("bd09", "BD-09"),
        ("xian80", "EPSG:4610"), ("beijing54", "EPSG:4214"))]  # fmt: skip
    groups = [(say("desk.system.geographic"), degrees)]
    for datum in DATUMS:
        rows = []
        for zone in zones:
            crs = gauss_kruger(datum, zone, prefixed=True)
            width = 3 if zone in ZONES_3 else 6
            name = say("desk.system.zone", zone=zone, width=width)
            rows.append((f"EPSG:{crs.to_epsg()}", name))
        groups.append((say(f"desk.system.{datum}"), rows))
    return groups


@cache
def script() -> str:
    """Return the page's script."""
    return "\n".join(_static(f"{name}.js") for name in SCRIPTS)


@cache
def style() -> str:
    """Return the page's style: that of reports, and its own."""
    return "\n".join(map(_static, ("report.css", "desk.css")))


def _static(name: str) -> str:
    return files("maps").joinpath("static", name).read_text(encoding="utf-8")
