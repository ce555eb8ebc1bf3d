"""What is said of one site beside its tables: its facts, and the verdicts in words."""

from collections.abc import Mapping

from layers.words import say
from maps.report import numbers, tables
from zoning.review.model import SiteReview, Verdict

SIGNS = 400
"""Signs of a text in a report; what is longer stands whole in the workbook."""


def site_facts(found: SiteReview) -> list[tuple[str, str]]:
    """Return what is known of a site, as names and texts; what does not apply is left out."""
    site = found.site
    own = tables.site_areas(site)
    stated = site.stated_m2
    facts = [
        ("site", clipped(numbers.text(site.id))),
        ("name", clipped(numbers.text(site.name))),
        ("activity", activity_text(found)),
        ("area", numbers.area(own["area_m2"]) if own["area_m2"] is not None else ""),
        ("stated", numbers.area(stated) if stated is not None else ""),
        ("site_length", numbers.length(site.length_m) if own["site_length_m"] is not None else ""),
        ("accuracy", numbers.about(site.accuracy_m)),
        ("source", say("report.source", file=numbers.text(site.file),
                       feature=numbers.text(site.feature))),
        ("notes", clipped(numbers.plain("；".join(site.notes)))),
    ]  # fmt: skip
    return [(say(f"report.fact.{key}"), text) for key, text in facts if text]


def activity_text(found: SiteReview) -> str:
    """Return what is to be done on a site, how sure that is, and from which words."""
    activity = found.site.activity
    title = numbers.word(activity.id, "activity")
    if not activity.id:
        return title
    sure = numbers.text(activity.confidence, "confidence")
    if not activity.evidence:
        return say("report.activity", title=title, sure=sure)
    words = clipped(numbers.plain(activity.evidence))
    return say("report.activity_from", title=title, sure=sure, words=words)


def reason_texts(found: SiteReview) -> list[str]:
    """Return why answers are not certain or not there, the kinds of one reason together."""
    kinds: dict[str, list[str]] = {}
    for kind in found.kinds:
        for reason in kind.reasons:
            kinds.setdefault(reason, []).append(numbers.text(kind.kind, "kind"))
    return [
        say("report.item", name="、".join(dict.fromkeys(named)), text=numbers.plain(reason))
        for reason, named in kinds.items()
    ]


def verdict_titles() -> tuple[str, ...]:
    """Return what the parts of ``verdict_texts`` are called."""
    parts = ("effect", "where", "certainty", "basis", "ruling")
    return tuple(say(f"report.verdict.{part}") for part in parts)


def verdict_texts(found: SiteReview, titles: Mapping[str, str]) -> list[tuple[str, ...]]:
    """Return a site's verdicts, worst first: effect (a code), where, certainty, basis, ruling."""
    rows = tables.verdict_rows(found, titles)
    return [
        (
            verdict.effect,
            _where(verdict, row),
            numbers.text(verdict.certainty, "certainty"),
            basis_text(verdict),
            ruling_text(verdict),
        )
        for verdict, row in zip(tables.heaviest(found.verdicts), rows, strict=True)
    ]


def _where(verdict: Verdict, row: Mapping[str, object]) -> str:
    name = str(row["zone"] or row["zone_id"] or row["layer"])
    parts = [numbers.plain(str(part)) for part in (name, row["level"], row["zone_class"]) if part]
    kind = numbers.text(verdict.kind, "kind")
    where = say("report.verdict.zone", kind=kind, zone="、".join(dict.fromkeys(parts)))
    return where + say("report.verdict.binding") if verdict.binding else where


def basis_text(verdict: Verdict) -> str:
    """Return document, article and the time in force of the rule behind a verdict."""
    if not verdict.rule:
        return say("report.verdict.no_rule")
    text = say("report.verdict.article", document=numbers.text(verdict.document),
               article=numbers.text(verdict.article))  # fmt: skip
    if verdict.in_force_from:
        text += say("report.verdict.from", day=numbers.text(verdict.in_force_from, "date"))
    if verdict.in_force_to:
        text += say("report.verdict.to", day=numbers.text(verdict.in_force_to, "date"))
    return text if verdict.verified else text + say("report.verdict.unverified")


def ruling_text(verdict: Verdict) -> str:
    """Return what a rule says, under which condition, and whose approval it asks for."""
    parts = {
        "said": verdict.paraphrase,
        "condition": verdict.condition,
        "approval": verdict.approval,
    }
    given = {key: numbers.plain(text).rstrip("。") for key, text in parts.items()}
    texts = (say(f"report.verdict.{key}", text=text) for key, text in given.items() if text)
    return "".join(texts) or numbers.NOTHING


def clipped(text: str, signs: int = SIGNS) -> str:
    """Return a text that is not too long for a page, and how long it was."""
    if len(text) <= signs:
        return text
    return say("report.clipped", text=text[:signs], count=len(text))
