"""The repository as a whole: packages, rooms, what it says of itself."""

import re
import subprocess
import tomllib
from pathlib import Path

import pytest
import yaml

import layers
import maps
import zoning
from zoning.queries import QUERIES

ROOT = Path(__file__).parents[1]


def _declared() -> list[str]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return [*project["dependencies"], *project["optional-dependencies"]["test"]]


def _tracked() -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if listed.returncode:
        pytest.skip("LOUD SKIP: not a git checkout, the tracked files are not known")
    return [ROOT / name for name in listed.stdout.split("\0") if name]


def test_environment_yml_names_the_same_packages_as_pyproject():
    environment = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))
    conda = [item for item in environment["dependencies"] if isinstance(item, str)]
    (pip,) = [item["pip"] for item in environment["dependencies"] if isinstance(item, dict)]
    named = {*conda, *pip} - {"pip", "-e .", "python>=3.11"}
    assert named == set(_declared())
    assert {"pip", "python>=3.11"} <= set(conda)
    assert "-e ." in pip


@pytest.mark.parametrize("name", ["geopandas", "shapely", "folium", "rasterio", "pyproj", "pytest"])
def test_the_packages_that_the_user_fixed_are_named_and_used(name):
    assert any(re.match(rf"{name}\b", item) for item in _declared())
    sources = [path for path in _tracked() if path.suffix == ".py"]
    assert any(
        re.search(rf"^\s*(import|from) {name}\b", path.read_text(encoding="utf-8"), re.MULTILINE)
        for path in sources
    )


@pytest.mark.parametrize("room", [layers, zoning, maps])
def test_rooms_load_from_this_repository(room):
    assert Path(room.__file__).parent == ROOT / room.__name__


@pytest.mark.parametrize("readme", ["README.md", "README.zh.md"])
def test_readmes_show_both_commands_and_every_query(readme):
    text = (ROOT / readme).read_text(encoding="utf-8")
    assert "sh scripts/demo.sh" in text
    assert "sh scripts/test.sh" in text
    for query in QUERIES:
        assert f"`{query}`" in text
    for target in re.findall(r"\]\(([^)#:]+)\)", text):
        assert (ROOT / target).exists(), target


def test_ci_calls_the_test_command_of_the_readme():
    assert "sh scripts/test.sh" in (ROOT / ".ci" / "run").read_text(encoding="utf-8")


def test_no_tracked_file_names_a_registry_or_a_place_of_a_machine():
    forbidden = re.compile(
        r"--(extra-)?"
        r"index-url|"
        r"registry"
        r"=|/ro"
        r"ot/|/home/\w|/tmp/\w+/|"
        r"/wo" + r"rk/\w"
    )
    found = [
        f"{path.relative_to(ROOT)}: {match.group()}"
        for path in _tracked()
        if path.suffix not in {".png", ".tif"} and path.exists()
        for match in [forbidden.search(path.read_text(encoding="utf-8", errors="replace"))]
        if match
    ]
    assert not found


def test_modules_stay_small_enough_to_be_one_room():
    long = {
        str(path.relative_to(ROOT)): lines
        for path in _tracked()
        if path.suffix == ".py" and path.exists() and path.parts[len(ROOT.parts)] != "tests"
        for lines in [len(path.read_text(encoding="utf-8").splitlines())]
        if lines > 400
    }
    assert not long
