"""What is measured: each work's question, layers, sizes and engines, as data.

The forms that are hopeless at full size run on fewer features, beside us on the same
few. On two such counts: what they would take at full size is extrapolated from how they
grow, and marked so.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from benchmarks.made_layers import Land


@dataclass(frozen=True, slots=True)
class Size:
    """How large the layers are: the land, and six counts of patches or points."""

    land: Land
    fewest: int
    fewer: int
    few: int
    some: int
    many: int
    vast: int


SIZES = {
    "tiny": Size(Land(6_400.0, 12, 40, 20), 10, 20, 40, 100, 400, 1_000),
    "quick": Size(Land(40_000.0, 96, 500, 200), 100, 200, 500, 2_000, 20_000, 100_000),
    "full": Size(
        Land(128_000.0, 96, 5_000, 2_000), 500, 2_000, 10_000, 100_000, 1_000_000, 10_000_000
    ),
}
"""``tiny`` is for tests; ``quick`` takes some minutes on two cores, ``full`` hours."""


@dataclass(frozen=True, slots=True)
class Run:
    """One engine on one question and size; works share the runs that they have in common."""

    question: str
    subjects: str
    zones: str
    count: int
    engine: str
    threads: int = 1
    form: str = "parquet"

    @property
    def same_answer(self) -> tuple[str, str, str, int]:
        """Runs with the same of this must answer the same."""
        return self.question, self.subjects, self.zones, self.count

    def __str__(self) -> str:
        """Return the run in one line."""
        processors = f", {self.threads} processors" if self.threads > 1 else ""
        layers = f"{self.count:,} {self.subjects} x {self.zones}"
        return f"{self.engine}: {self.question}, {layers}, {self.form}{processors}"


@dataclass(frozen=True, slots=True)
class Case:
    """Engines that run beside each other on one count of features."""

    count: str
    engines: tuple[str, ...]
    threads: tuple[int, ...] = (1,)
    forms: tuple[str, ...] = ("parquet",)


@dataclass(frozen=True, slots=True)
class Work:
    """One table of results.

    Attributes:
        name: as on the command line.
        title: what is asked, in a sentence.
        question: the function of the engines.
        subjects: layer of the features asked about.
        zones: layer of the zones.
        cases: who runs on what, the fullest count first.
        shows: ``ratios`` beside each other, ``growth`` with the count of features, or
            ``processors`` one against two.

    """

    name: str
    title: str
    question: str
    subjects: str
    zones: str
    cases: tuple[Case, ...]
    shows: str = "ratios"

    def runs(self, size: Size, engines: frozenset[str]) -> Iterator[Run]:
        """Yield the runs at a size, of some engines."""
        for case in self.cases:
            count = getattr(size, case.count)
            for form in case.forms:
                for threads in case.threads:
                    for engine in case.engines:
                        if engine in engines:
                            layers = (self.question, self.subjects, self.zones)
                            yield Run(*layers, count, engine, threads, form)


BEST = ("shapely", "duckdb-pieces", "sedona-pieces", "postgis-pieces")
"""The others in their best known form, where zones are large."""

PLAIN = ("duckdb", "sedona", "postgis")
"""The databases as one writes the question first."""

ALL_OURS = ("ours", "ours-objects", "ours-plain")

WORKS = {
    work.name: work
    for work in (
        Work(
            "overlay",
            "Area of each patch in each red line",
            "overlap",
            "patch",
            "redline",
            (
                Case("many", (*ALL_OURS, *BEST)),
                Case("some", ("ours", "geopandas")),
                Case("few", ("ours", "geopandas", *PLAIN)),
                Case("fewer", ("ours", *PLAIN)),
            ),
        ),
        Work(
            "monster",
            "Area of each patch in one red line of a million vertices",
            "overlap",
            "patch",
            "monster",
            (
                Case("many", ("ours", "ours-plain", *BEST)),
                Case("fewer", ("ours", "geopandas")),
                Case("fewest", ("ours", "geopandas")),
            ),
        ),
        Work(
            "township",
            "Area of patches by township, what overlaps counted twice",
            "overlap",
            "patch",
            "township",
            (
                Case("many", ("ours", "ours-plain", *BEST)),
                Case("some", ("ours", "geopandas", *PLAIN)),
                Case("few", ("ours", "geopandas", *PLAIN)),
            ),
        ),
        Work(
            "covered",
            "Area covered by patches by township, what overlaps counted once",
            "covered",
            "patch",
            "township",
            (Case("some", ("ours", "shapely", "geopandas", *PLAIN)),),
        ),
        Work(
            "points",
            "The red lines around each point",
            "containing",
            "point",
            "redline",
            (
                Case("many", (*ALL_OURS, "geopandas", *BEST)),
                Case("few", ("ours", *PLAIN)),
                Case("fewer", ("ours", *PLAIN)),
            ),
        ),
        Work(
            "nearest",
            "The nearest river of each point",
            "nearest",
            "point",
            "river",
            (
                Case("some", ("ours", "ours-plain", "shapely", "postgis-pieces")),
                Case("few", ("ours", "geopandas", "postgis")),
                Case("fewer", ("ours", "geopandas", "postgis")),
            ),
        ),
        Work(
            "endtoend",
            "Overlay from file to answer",
            "overlap",
            "patch",
            "redline",
            (
                Case("many", ("ours", "shapely", "duckdb-pieces")),
                Case("many", ("ours", "shapely", "duckdb-pieces"), forms=("gpkg",)),
            ),
        ),
        Work(
            "ellipsoid",
            "Overlay from file to answer, on the ellipsoid",
            "ellipsoid",
            "patch",
            "redline",
            (Case("many", ("ours", "shapely", "duckdb-pieces")),),
        ),
        Work(
            "memory",
            "Memory of the overlay as patches grow",
            "overlap",
            "patch",
            "redline",
            (
                Case("vast", ("ours-stream",)),
                Case("many", ("ours-stream", "ours", *BEST)),
                Case("some", ("ours-stream", "ours", "geopandas")),
            ),
            shows="growth",
        ),
        Work(
            "linear",
            "Time of the overlay as patches grow",
            "overlap",
            "patch",
            "redline",
            (
                Case("vast", ("ours-stream",)),
                Case("many", ("ours-stream", "ours")),
                Case("some", ("ours-stream", "ours")),
            ),
            shows="growth",
        ),
        Work(
            "parallel",
            "Overlay from file to answer on one processor and on two",
            "overlap",
            "patch",
            "redline",
            (
                Case("vast", ("ours-stream",), (1, 2)),
                Case("many", ("ours", "ours-stream", *BEST[1:3]), (1, 2)),
            ),
            shows="processors",
        ),
    )
}
