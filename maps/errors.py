"""The error of this room."""

from layers.errors import ShanheError


class PageError(ShanheError):
    """A page cannot be built: a missing asset, a bad style or a bad area id."""
