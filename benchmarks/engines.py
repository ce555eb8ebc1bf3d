"""Every engine by name: ours and the others, what each needs and how to get it."""

import importlib
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version

from benchmarks.peers.sql import PIECES

OURS = "ours"

SERVER = "a PostgreSQL server with PostGIS (apt install postgresql postgresql-postgis)"


@dataclass(frozen=True, slots=True)
class Engine:
    """One form of one engine.

    Attributes:
        name: as on the command line and in the tables.
        module: has a function for each question that the engine answers.
        form: how it is used, in a few words.
        packages: distributions that it needs.
        variant: told to the module with each task.
        install: how to get what is missing.
        server: whether it needs a PostgreSQL server with PostGIS.

    """

    name: str
    module: str
    form: str
    packages: tuple[str, ...] = ()
    variant: str = ""
    install: str = "pip install -e '.[bench]'"
    server: bool = False

    def absent(self) -> str:
        """Return what is missing and how to get it; empty where the engine can run."""
        missing = [name for name in self.packages if not _version(name)]
        if missing:
            return f"not installed: {', '.join(missing)} ({self.install})"
        if self.server:
            programs = importlib.import_module("benchmarks.peers.cluster").programs()
            if programs is None:
                return f"not installed: {SERVER}"
        return ""

    def versions(self) -> dict[str, str]:
        """Return the version of each package that the engine needs."""
        return {name: _version(name) for name in self.packages}


def _version(distribution: str) -> str:
    try:
        return version(distribution)
    except PackageNotFoundError:
        return ""


_DUCKDB = ("duckdb", "duckdb-extension-spatial", "shapely")
_SEDONA = ("sedonadb", "geoarrow-pyarrow", "shapely")
_POSTGIS = ("psycopg",)
_OURS = ("shapely", "numpy", "pyarrow")

ENGINES = {
    engine.name: engine
    for engine in (
        Engine(OURS, "benchmarks.ours", "flat arrays, compiled", (*_OURS, "numba")),
        Engine(
            "ours-objects",
            "benchmarks.ours",
            "from shapely objects, compiled",
            (*_OURS, "numba"),
            variant="objects",
        ),
        Engine(
            "ours-plain",
            "benchmarks.ours",
            "flat arrays, numpy only",
            _OURS,
            variant="plain",
        ),
        Engine(
            "ours-stream",
            "benchmarks.ours",
            "row group by row group, compiled",
            (*_OURS, "numba"),
            variant="stream",
        ),
        Engine(
            "geopandas",
            "benchmarks.peers.geopandas",
            "as its documentation shows",
            ("geopandas", "shapely"),
        ),
        Engine(
            "shapely",
            "benchmarks.peers.shapely",
            "by hand: zones in pieces, prepared, asked first",
            ("shapely",),
        ),
        Engine("duckdb", "benchmarks.peers.duckdb", "plain join", _DUCKDB),
        Engine(
            "duckdb-pieces",
            "benchmarks.peers.duckdb",
            "pieces, ST_CoveredBy shortcut",
            _DUCKDB,
            variant=PIECES,
        ),
        Engine("sedona", "benchmarks.peers.sedona", "plain join", _SEDONA),
        Engine(
            "sedona-pieces",
            "benchmarks.peers.sedona",
            "pieces, ST_CoveredBy shortcut, prepared GEOS",
            _SEDONA,
            variant=PIECES,
        ),
        Engine("postgis", "benchmarks.peers.postgis", "plain join", _POSTGIS, server=True),
        Engine(
            "postgis-pieces",
            "benchmarks.peers.postgis",
            "ST_Subdivide(256), ST_CoveredBy shortcut",
            _POSTGIS,
            variant=PIECES,
            server=True,
        ),
    )
}
