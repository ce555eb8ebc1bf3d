"""Whether the loops of ``*_compiled.py`` can run here."""

import importlib.util
from functools import cache


@cache
def compiled_here() -> bool:
    """Return whether numba is installed; without it numpy gives the same answers."""
    return importlib.util.find_spec("numba") is not None
