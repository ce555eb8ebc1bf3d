"""A pack of rules as one HTML page that opens by double click, without a network."""

from collections.abc import Mapping, Sequence

from layers.words import say
from maps.leaflet import TEMPLATES
from maps.offline import add_content_policy
from zoning.rules.page import Section

COLUMNS = ("effect", "zone", "activities", "says", "basis")

COLORS: Mapping[str, tuple[str, str]] = {
    "prohibited": ("#8f1d1d", "#fbe4e1"),
    "needs_human": ("#5a3d00", "#ffefc7"),
    "restricted": ("#7a4300", "#fdebd7"),
    "consult": ("#17535f", "#e3eff0"),
    "none": ("#556268", "#f0f2f0"),
}
"""Ink and ground of an effect; the word is always there too, for grey print."""


def build_rules_page(sections: Sequence[Section], title: str) -> str:
    """Return the page of some rules. The same rules give the same bytes."""
    page = TEMPLATES.get_template("rules.html").render(
        sections=sections,
        title=title,
        columns=[say(f"rules.column.{name}") for name in COLUMNS],
        count=say("rules.count", rules=sum(len(section.rows) for section in sections)),
        warning=say("rules.warning"),
        nothing=say("rules.nothing"),
        colors=COLORS,
    )
    return add_content_policy(page)
