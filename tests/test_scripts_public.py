"""``--public``: nothing of a secret layer is in any file, and nothing is called clear for it."""

import zipfile

import pytest

from layers.secrecy import public
from tests.command import shanhe
from tests.review_county import EAST, NORTH, Made, Zone, at, county, write_sites
from zoning.review.result import from_json

SECRET = Zone("z-secret-77", at(4123.4567, 3211.1234, 4623.4567, 3711.1234), name="秘藏水源地")
OPEN = Zone("z-open-11", at(1000, 1000, 2000, 2000), name="公开水源地")
HIDDEN = ("z-secret-77", "秘藏", "hidden_layer", "内部图层")


@pytest.fixture
def place(tmp_path):
    workspace = county(
        tmp_path / "county",
        {
            "hidden_layer": Made("water_source", (SECRET,)),
            "open_layer": Made("water_source", (OPEN,)),
            "line": Made("red_line", (Zone("r", at(6000, 6000, 7000, 7000)),)),
        },
    )
    register = workspace.folder / "register.toml"
    text = register.read_text(encoding="utf-8").replace(
        'title = "hidden_layer"', 'title = "内部图层"\nsecrecy = "内部"'
    )
    register.write_text(text, encoding="utf-8")
    (workspace.folder / "projects.csv").write_text(
        "plan,table,table_title,group,seq,name,location,townships,villages,rivers,places,counties,"
        "investment_yi,investment_raw,start_year,end_year,period_raw,owner,owner_raw,"
        "restoration_ha,areas,lengths_km,capacities,line,note\n",
        encoding="utf-8",
    )
    write_sites(
        tmp_path / "sites.gpkg",
        {"in": at(4200, 3300, 4300, 3400), "out": at(8000, 1000, 8100, 1100)},
        名称=["光伏电站", "光伏电站"],
    )
    return tmp_path


def written(folder):
    """Return the bytes of every file below a folder, those of zipped files too."""
    found = {}
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            found[path.name] = path.read_bytes()
            if zipfile.is_zipfile(path):
                with zipfile.ZipFile(path) as packed:
                    for name in packed.namelist():
                        found[f"{path.name}/{name}"] = packed.read(name)
    return found


def needles(workspace):
    """Return how the secret may be written: names, and each coordinate in degrees and metres."""
    x, y = workspace.frame("hidden_layer").geometry.iloc[0].exterior.coords.xy
    degrees = [f"{value:.5f}" for value in (*x, *y)]
    metres = [f"{value:.2f}" for value in (EAST + 4123.4567, NORTH + 3211.1234)]
    return [text.encode() for text in (*HIDDEN, *degrees, *metres)]


@pytest.mark.parametrize("command", ["map", "review", "query"])
def test_nothing_secret_is_written(place, command):
    from layers.workspace import Workspace  # noqa: PLC0415

    secret = needles(Workspace(place / "county"))
    folder = ["--workspace", place / "county", "--out"]
    calls = {
        "map": ("map", "build", *folder),
        "review": ("review", place / "sites.gpkg", "--date", "2026-08-15", *folder),
        "query": ("query", "run", "projects-in-water-source", *folder),
    }
    leaks, errors = [], []
    for number, extra in enumerate(([], ["--public"])):
        out = place / f"out{number}"
        if command == "query":
            out.mkdir()
            out /= "answer.xlsx"
        code, _, err = shanhe(*calls[command], out, *extra)
        assert code in {0, 1}
        errors.append(err)
        files = written(place / f"out{number}")
        assert files
        leaks.append({(name, text) for name, data in files.items() for text in secret
                      if text in data})  # fmt: skip
    assert leaks[0]  # without the option it is all there: the needles are the right ones
    assert leaks[1] == set()
    assert "有密级的图层没有使用（饮用水水源保护区）" in errors[1]


def test_what_a_secret_layer_would_tell_is_unchecked(place):
    states = []
    for number, extra in enumerate(([], ["--public"])):
        out = place / f"out{number}"
        shanhe(
            "review", place / "sites.gpkg", "--workspace", place / "county",
            "--date", "2026-08-15", "--forms", "", "--accuracy", "0", "--out", out, *extra,
        )  # fmt: skip
        found = from_json((out / "review.json").read_text(encoding="utf-8"))
        states.append(
            {site.site.id: {kind.kind: kind.state for kind in site.kinds}["water_source"]
             for site in found.sites}
        )  # fmt: skip
    assert states == [
        {"in": "hit", "out": "clear"},
        {"in": "unchecked", "out": "unchecked"},
    ]


def test_a_workspace_without_secrets_is_as_it_was(place):
    from layers.workspace import Workspace  # noqa: PLC0415

    register = place / "county" / "register.toml"
    text = register.read_text(encoding="utf-8").replace('secrecy = "内部"', 'secrecy = "公开"')
    register.write_text(text, encoding="utf-8")
    workspace = Workspace(place / "county")
    assert public(workspace).layers == workspace.layers
    assert public(workspace).withheld == frozenset()
