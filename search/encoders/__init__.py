"""Texts and pictures in, unit vectors out: one protocol, an open_clip model behind it, no database and no products.

Importing this room imports neither torch nor open_clip; `load` does, for the names that need them.
"""

from .errors import (
    BadVectors,
    EncoderError,
    EncoderUnavailable,
    ExportMissing,
    ExtraMissing,
    UnknownEncoder,
    UntrainedRefused,
    UnusableModel,
    WeightsMissing,
    WrongDimension,
)
from .hashing import HashEncoder
from .host import Host
from .loading import MOST_KEPT, export, fetch, forget, get_encoder, is_loaded, load
from .names import EncoderName, parse
from .protocol import Encoder, EncoderInfo, PreparingEncoder, Vectors, prepare, require_dimension
from .taught import words_taught, write_words

__all__ = [
    "MOST_KEPT",
    "BadVectors",
    "Encoder",
    "EncoderError",
    "EncoderInfo",
    "EncoderName",
    "EncoderUnavailable",
    "ExportMissing",
    "ExtraMissing",
    "HashEncoder",
    "Host",
    "PreparingEncoder",
    "UnknownEncoder",
    "UntrainedRefused",
    "UnusableModel",
    "Vectors",
    "WeightsMissing",
    "WrongDimension",
    "export",
    "fetch",
    "forget",
    "get_encoder",
    "is_loaded",
    "load",
    "parse",
    "prepare",
    "require_dimension",
    "words_taught",
    "write_words",
]
