"""Print which projects lie within a distance of a river.

python scripts/projects_near_river.py --area shili --distance 500
"""

from scripts.arguments import parser, run, study
from zoning.queries import ask, get_query


def main() -> None:
    """Print the projects within the distance, or perhaps within it, nearest first."""
    arguments = parser(__doc__)
    arguments.add_argument("--distance", default="500", help="metres")
    options = arguments.parse_args()
    settings = {"distance_m": options.distance}
    answer = ask(study(options), get_query("projects-near-river"), settings)
    near = answer.rows[answer.rows["state"].isin(["hit", "possible"])]
    columns = ["project_id", "name", "river", "distance_m", "certainty"]
    print(near.sort_values("distance_m")[columns].to_csv(sep="\t", index=False), end="")
    print(answer.sentence)


if __name__ == "__main__":
    run(main)
