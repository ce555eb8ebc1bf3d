"""What a review rests on: its layers, its rules, its inputs, and until when it holds."""

import datetime as dt
import hashlib
import json
from collections.abc import Collection, Mapping
from dataclasses import asdict

from layers.connection import Connection
from layers.register import COVERAGE_AREA, COVERAGE_NONE, Layer
from layers.words import say
from layers.workspace import Workspace
from zoning.record import run_record
from zoning.review.model import LayerEvidence
from zoning.review.sites import Sites
from zoning.rules import Book, Pack

DAY = dt.timedelta(days=1)


def province_of(workspace: Workspace) -> str:
    """Return the two digits of the province in which a workspace's counties lie."""
    return workspace.area.counties[0].code[:2]


def evidence(
    workspace: Workspace, kinds: Collection[str], failed: Mapping[str, str]
) -> tuple[LayerEvidence, ...]:
    """Return the layers of the kinds asked, and those that tell where they are complete.

    ``failed`` says by layer id why one could not be asked.
    """
    asked = [layer for layer in workspace.layers if layer.kind in kinds]
    coverages = {layer.coverage for layer in asked} - {COVERAGE_NONE}
    if COVERAGE_AREA in coverages:
        coverages.add(workspace.county_layer.id)
    return tuple(
        LayerEvidence(
            id=layer.id,
            title=layer.title,
            kind=layer.kind,
            basis=layer.basis,
            authority=layer.authority,
            document=layer.document,
            date=layer.date,
            accuracy_m=None if layer.accuracy_m is None else float(layer.accuracy_m),
            sha256=workspace.fingerprint(layer),
            secrecy=layer.secrecy,
            checked=layer.id not in failed,
            reason=failed.get(layer.id, ""),
        )
        for layer in workspace.layers
        if layer in asked or layer.id in coverages
    )


def without_places(workspace: Workspace, layer: Layer, text: str) -> str:
    """Return a message about a layer without where the workspace lies on this machine."""
    place = layer.place(workspace.folder)
    if not isinstance(place, Connection):
        text = text.replace(str(place), place.name)
    return text.replace(f"{workspace.folder}/", "").replace(str(workspace.folder), "")


def expiry(
    workspace: Workspace, layers: Collection[LayerEvidence], pack: Pack, day: dt.date
) -> str:
    """Return until when a review holds: the next change of its rules, the dates of its layers."""
    change = next_change(workspace, pack, day)
    first = (
        say("review.expiry_change", day=day, change=change)
        if change
        else say("review.expiry_open", day=day)
    )
    dates = sorted(layer.date for layer in layers if layer.checked and layer.date)
    undated = [layer.title for layer in layers if layer.checked and not layer.date]
    parts = [first]
    if dates:
        parts.append(say("review.expiry_layers", first=dates[0], last=dates[-1]))
    if undated:
        parts.append(say("review.expiry_undated", names="、".join(undated)))
    parts.append(say("review.expiry_always"))
    return "".join(parts)


def next_change(workspace: Workspace, pack: Pack, day: dt.date) -> dt.date | None:
    """Return the first day after a day on which the rules of a place are others."""
    province, area = province_of(workspace), workspace.area.id
    days = {rule.in_force_from for rule in pack.rules}
    days |= {rule.in_force_to + DAY for rule in pack.rules if rule.in_force_to is not None}
    now = set(pack.on(day, province, area).rules)
    return next(
        (
            later
            for later in sorted(days)
            if later > day and set(pack.on(later, province, area).rules) != now
        ),
        None,
    )


def record(
    workspace: Workspace, sites: Sites, book: Book, *, activity: str, kinds: Collection[str]
) -> dict[str, object]:
    """Return the run's record: data, rules, inputs and tolerances, with their hashes."""
    made = run_record(workspace, "review", {"activity": activity, "kinds": list(kinds)})
    made["decided_on"] = book.day.isoformat()
    made["province"] = book.province
    made["rules"] = {"count": len(book.rules), "sha256": rules_sha256(book)}
    made["inputs"] = [{"file": name, "sha256": sha256} for name, sha256 in sites.inputs]
    return made


def rules_sha256(book: Book) -> str:
    """Return the sha256 of what the rules of a day say, whichever files they stand in."""
    said = [
        {name: value for name, value in asdict(rule).items() if name != "file"}
        for rule in sorted(book.rules, key=lambda rule: (rule.id, rule.province))
    ]
    terms = [asdict(term) for kind in sorted(book.terms) for term in book.terms[kind]]
    text = json.dumps([said, terms], ensure_ascii=False, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()
