"""Bytes in, a safe picture out: whatever an upload or a shop's file turns out to be, it can't hurt the process.

Knows neither products nor models; every picture that can't be read is one `UnreadableImage` with a code and a sentence.
"""

from .decoding import FORMATS, Limits, Reason, UnreadableImage, decode
from .host import host_limits
from .shrinking import shrink

__all__ = ["FORMATS", "Limits", "Reason", "UnreadableImage", "decode", "host_limits", "shrink"]
