"""Bytes in, a safe picture out: whatever an upload or a shop's file turns out to be, it can't hurt the process.

Knows neither products nor models; every picture that can't be read is one `UnreadableImage` with a code and a sentence.
"""

from .decoding import FORMATS, Decoded, Limits, Reason, UnreadableImage, decode, unpack
from .frames import MOST_FRAMES, Frame, can_read_videos
from .host import SEARCH_SIDE, host_limits, video_limits
from .process import MOST, DecoderUnavailable, close_decoders, decode_apart, frames_apart
from .sameness import Overlay, overlay, small_copy
from .shrinking import shrink

__all__ = [
    "FORMATS",
    "MOST",
    "MOST_FRAMES",
    "SEARCH_SIDE",
    "Decoded",
    "DecoderUnavailable",
    "Frame",
    "Limits",
    "Overlay",
    "Reason",
    "UnreadableImage",
    "can_read_videos",
    "close_decoders",
    "decode",
    "decode_apart",
    "frames_apart",
    "host_limits",
    "overlay",
    "shrink",
    "small_copy",
    "unpack",
    "video_limits",
]
