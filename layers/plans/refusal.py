"""The two ways in which a reader of plan documents says no: a refusal, and a note."""

from pathlib import Path
from typing import NoReturn

from layers.errors import PlanError
from layers.words import say


def refuse(key: str, file: Path, **fields: object) -> NoReturn:
    """Raise a PlanError with a text of ``[plan.refused]``."""
    raise PlanError(say(f"plan.refused.{key}", file=file, **fields))


def note(key: str, **fields: object) -> str:
    """Return a text of ``[plan.source]``: what a reader chose or could not read."""
    return say(f"plan.source.{key}", **fields)
