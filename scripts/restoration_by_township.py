"""Print how much restoration area the plan gives each township, and what it does not split.

    python scripts/restoration_by_township.py --area tianzhen

What a plan gives for several townships or the whole county is never spread.
"""

from scripts.arguments import parser, run, study
from zoning.queries import ask, get_query


def main() -> None:
    """Print the area by scope and check that the parts sum to the total."""
    answer = ask(study(parser(__doc__).parse_args()), get_query("restoration-by-township"))
    parts = answer.rows[answer.rows["scope"] != "total"]
    by_scope = parts.groupby("scope", sort=False)["restoration_ha"].sum()
    print(parts[["scope", "township", "restoration_ha"]].to_csv(sep="\t", index=False), end="")
    print(by_scope.to_string())
    print(answer.sentence)


if __name__ == "__main__":
    run(main)
