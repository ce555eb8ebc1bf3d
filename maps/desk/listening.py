"""The desk's connections: none may stand open for nothing, and not too many at all."""

import asyncio
from typing import Any

from uvicorn.protocols.http.h11_impl import H11Protocol

HEAD_S = 10.0
"""Seconds in which a request must have said what it wants."""

MOST_CONNECTIONS = 200
"""At once. Every one holds a file descriptor, of which the database needs some."""


class PatientProtocol(H11Protocol):
    """HTTP as uvicorn speaks it, that does not wait for ever for the head of a request."""

    def __init__(self, *args: Any, **more: Any) -> None:
        """Take what uvicorn gives."""
        super().__init__(*args, **more)
        self._late: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Take a connection, unless there are too many."""
        super().connection_made(transport)
        if len(self.connections) > MOST_CONNECTIONS:
            transport.abort()
        else:
            self._watch()

    def data_received(self, data: bytes) -> None:
        """Read on."""
        super().data_received(data)
        self._watch()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection."""
        super().connection_lost(exc)
        self._calm()

    def _watch(self) -> None:
        """Wait for a head as long as one may take, counted from its first byte."""
        if self.cycle is not None and not self.cycle.response_complete:
            self._calm()
        elif self._late is None and not self.transport.is_closing():
            self._late = self.loop.call_later(HEAD_S, self.transport.abort)

    def _calm(self) -> None:
        if self._late is not None:
            self._late.cancel()
            self._late = None
