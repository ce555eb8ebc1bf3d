"""What the public may see of a workspace."""

from dataclasses import replace

from layers.register import COVERAGE_NONE
from layers.workspace import Workspace

OPEN_GRADES = frozenset({"", "公开"})
"""Secrecy grades of layers that the public may see; one that is not stated is none."""


def public(workspace: Workspace) -> Workspace:
    """Return a workspace without the layers that carry a secrecy grade.

    They are as if they were not registered: no query, map or report can show what they hold or
    what it would tell. ``withheld`` has their kinds; what is left of those kinds is complete
    nowhere, so that nothing is called clear.
    """
    opened = Workspace(workspace.folder)
    secret = [layer for layer in workspace.layers if layer.secrecy not in OPEN_GRADES]
    opened.withheld = frozenset(layer.kind for layer in secret)
    opened.layers = tuple(
        replace(layer, coverage=COVERAGE_NONE) if layer.kind in opened.withheld else layer
        for layer in workspace.layers
        if layer not in secret
    )
    return opened
