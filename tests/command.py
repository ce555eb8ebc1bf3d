"""The command as ``main`` runs it: anything but its own errors comes through."""

import contextlib
import io
import sys

import pytest

from scripts.shanhe import main


def shanhe(*arguments: object) -> tuple[int, str, str]:
    """Run ``shanhe``; return its exit code, what it printed, and what it complained of."""
    out, err = io.StringIO(), io.StringIO()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", ["shanhe", *map(str, arguments)])
        with (
            contextlib.redirect_stdout(out),
            contextlib.redirect_stderr(err),
            pytest.raises(SystemExit) as caught,
        ):
            main()
    return caught.value.code or 0, out.getvalue(), err.getvalue()
