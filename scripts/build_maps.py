"""Build the offline pages of an area or a workspace.

python scripts/build_maps.py --area tianzhen --out out/tianzhen
"""

from pathlib import Path

from maps.site import build_site
from scripts.arguments import parser, run, study
from zoning.portray import area_view


def main() -> None:
    """Build the pages and print where index.html is."""
    arguments = parser(__doc__)
    arguments.add_argument("--out", type=Path, required=True, help="folder for the pages")
    options = arguments.parse_args()
    print(build_site([area_view(study(options))], options.out, progress=print).resolve())


if __name__ == "__main__":
    run(main)
