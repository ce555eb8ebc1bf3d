"""Print how the planned money is spread, and whether the plan's own totals agree.

python scripts/investment.py --area yangcheng --by owner
"""

from scripts.arguments import parser, run, study
from zoning.queries import ask, get_query


def main() -> None:
    """Print one grouping of the investment and the check of the stated totals."""
    arguments = parser(__doc__)
    arguments.add_argument("--by", default="owner", help="township, owner, start_year, ...")
    options = arguments.parse_args()
    asked = study(options)
    spread = ask(asked, get_query("investment-by"), {"by": options.by})
    columns = ["value", "investment_yi", "projects", "stated"]
    print(spread.rows[columns].to_csv(sep="\t", index=False), end="")
    print(spread.sentence)
    totals = ask(asked, get_query("stated-totals"))
    differing = totals.rows[totals.rows["agrees"] == False]  # noqa: E712 - nulls
    print(differing.to_csv(sep="\t", index=False), end="")
    print(totals.sentence)


if __name__ == "__main__":
    run(main)
