"""Mine patches: their number and area by township, and what they lie on.

    python scripts/mine_patches.py --area shili

``area_ha`` is the sum of the patches cut at the township's border, ``covered_ha``
the area of their union.
"""

from scripts.arguments import parser, run, study
from zoning.queries import ask, get_query


def main() -> None:
    """Print both tables and their sentences."""
    asked = study(parser(__doc__).parse_args())
    by_township = ask(asked, get_query("mine-patches-by-township"))
    columns = ["township", "patches", "area_ha", "covered_ha", "stated_patches", "stated_area_ha"]
    print(by_township.rows[columns].to_csv(sep="\t", index=False), end="")
    print(by_township.sentence)
    in_zones = ask(asked, get_query("mine-patches-in-zones"))
    met = in_zones.rows[in_zones.rows["state"].isin(["hit", "possible"])]
    columns = ["name", "layer_title", "zones", "overlap_ha", "certainty"]
    print(met[columns].to_csv(sep="\t", index=False), end="")
    print(in_zones.sentence)


if __name__ == "__main__":
    run(main)
