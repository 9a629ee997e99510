"""Bytes in, a safe picture out: whatever an upload or a shop's file turns out to be, it can't hurt the process.

Knows neither products nor models; every picture that can't be read is one `UnreadableImage` with a code and a sentence.
"""

from .decoding import FORMATS, Decoded, Limits, Reason, UnreadableImage, decode, unpack
from .host import SEARCH_SIDE, host_limits
from .process import MOST, DecoderUnavailable, close_decoders, decode_apart
from .sameness import Overlay, overlay, small_copy
from .shrinking import shrink

__all__ = [
    "FORMATS",
    "MOST",
    "SEARCH_SIDE",
    "Decoded",
    "DecoderUnavailable",
    "Limits",
    "Overlay",
    "Reason",
    "UnreadableImage",
    "close_decoders",
    "decode",
    "decode_apart",
    "host_limits",
    "overlay",
    "shrink",
    "small_copy",
    "unpack",
]
