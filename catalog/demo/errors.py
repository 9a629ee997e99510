"""Why a demo could not start or go on, in words for whoever typed the command."""

from __future__ import annotations


class DemoFailed(RuntimeError):
    """The message says what happened and what to do about it."""
