"""The errors that a user can mend, each a plain sentence with its next step.

::

    ShanheError
    ├── WorkspaceError   the folder, its area.toml or register.toml
    ├── TableError       a row of a text table
    ├── LayerError       a layer's file, datum or features
    ├── PlanError        a plan document's file
    └── QueryError       a query that does not exist or a parameter out of range

Commands print the message and exit with code 2. Anything else is a bug and
keeps its traceback.
"""

from dataclasses import dataclass, field

from layers.words import say

FAULTS_SHOWN = 20
"""A report longer than this is not read: the rest is counted."""


class ShanheError(ValueError):
    """Base of the errors that a user can mend."""


class WorkspaceError(ShanheError):
    """The workspace folder, its area.toml or its register.toml is wrong."""


class TableError(ShanheError):
    """A text table has wrong columns or rows."""


class LayerError(ShanheError):
    """A layer's file, datum, attributes or geometry is wrong."""


class PlanError(ShanheError):
    """A plan document cannot be read."""


class QueryError(ShanheError):
    """A query is unknown or its parameters are wrong."""


@dataclass(slots=True)
class Faults:
    """All faults of one source, so that they are reported together."""

    messages: list[str] = field(default_factory=list)

    def add(self, key: str, /, **fields: object) -> None:
        """Note a fault by its key in the words table."""
        self.messages.append(say(f"error.{key}", **fields))

    def raise_if_any(self, kind: type[ShanheError]) -> None:
        """Raise one error that lists every fault noted so far.

        Raises:
            ShanheError: of the given kind, when there is any fault.

        """
        if not self.messages:
            return
        shown = self.messages[:FAULTS_SHOWN]
        if len(self.messages) > FAULTS_SHOWN:
            shown.append(say("error.more_faults", count=len(self.messages) - FAULTS_SHOWN))
        raise kind("\n".join(shown))
