"""What a review rests on, as hashes: the same when it is made and when it is looked at again."""

import datetime as dt
import hashlib
from collections.abc import Callable, Collection

from layers.connection import Connection
from layers.register import Layer
from layers.workspace import Workspace
from zoning.review.evidence import province_of, rules_sha256
from zoning.rules import Pack


def basis_layers(
    workspace: Workspace,
    kinds: Collection[str],
    used: Collection[str],
    fingerprint: Callable[[Layer], str],
) -> dict[str, dict[str, str]]:
    """Return by id the layers that a review of some kinds rests on, or would today.

    Each has its title, the hash of its file, and that of its entry in the register: another
    accuracy or outline of completeness changes answers, too.
    """
    return {
        layer.id: {
            "title": layer.title,
            # whether the rows of a table are the same only reading them all would tell
            "sha256": "" if isinstance(layer.path, Connection) else fingerprint(layer),
            "entry": hashlib.sha256(repr(layer).encode()).hexdigest(),
        }
        for layer in workspace.layers
        if layer.kind in kinds or layer.id in used
    }


def book_sha256(workspace: Workspace, pack: Pack, day: dt.date) -> str:
    """Return the hash of the rules that hold for a workspace on a day."""
    return rules_sha256(pack.on(day, province_of(workspace), workspace.area.id))
