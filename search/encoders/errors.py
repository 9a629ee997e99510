"""What can be wrong with an encoder; every message names what came and the setting or command that fixes it."""

from __future__ import annotations

from ..errors import ProductSearchError


class EncoderError(ProductSearchError):
    """Root of this room's errors."""


class UnknownEncoder(EncoderError):
    """The name means no model: a slip in its form, an architecture or a weights tag that open_clip doesn't know."""


class UntrainedRefused(EncoderError):
    """`NAME:untrained` outside of tests: its answers are noise."""


class ExtraMissing(EncoderError):
    """torch or open_clip is not installed here."""


class WeightsMissing(EncoderError):
    """The model is known, but its files are not on this machine; web and worker never download."""


class ExportMissing(EncoderError):
    """RUNTIME asks for an exported model, and there is none of this one here, or an older one."""


class UnusableModel(EncoderError):
    """The files are there and don't make the model: broken, of another shape, or needing a package that is missing."""


class EncoderUnavailable(EncoderError):
    """This process can't encode for a live space: its model is missing or not ready, as the message says."""


class WrongDimension(EncoderError):
    """Vectors of another length than the model, or the embedding space, says."""


class BadVectors(EncoderError):
    """A vector with NaN, infinity or no length: it would match everything or nothing, silently."""
