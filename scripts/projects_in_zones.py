"""Print which projects meet water sources, red line, reserves or farmland.

    python scripts/projects_in_zones.py --area shili --kind red_line

Prints the projects that are met, may be met or were not checked, worst first.
"""

from scripts.arguments import parser, run, study
from zoning.queries import ask, get_query

QUERY_OF_KIND = {
    "water_source": "projects-in-water-source",
    "red_line": "projects-in-red-line",
    "protected_area": "projects-in-protected-area",
    "farmland": "projects-in-farmland",
}


def main() -> None:
    """Print each open or positive finding and the sentence that sums them up."""
    arguments = parser(__doc__)
    arguments.add_argument("--kind", choices=QUERY_OF_KIND, default="water_source")
    options = arguments.parse_args()
    answer = ask(study(options), get_query(QUERY_OF_KIND[options.kind]))
    open_rows = answer.rows[~answer.rows["state"].isin(["clear", "touches"])]
    columns = ["project_id", "name", "state", "zones", "overlap_ha", "share", "reason"]
    print(open_rows[columns].to_csv(sep="\t", index=False), end="")
    print(answer.sentence)


if __name__ == "__main__":
    run(main)
