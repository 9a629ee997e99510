"""From the setting to a model in memory: once per process, whichever thread asks first."""

from __future__ import annotations

import os
import threading
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from ..conf import settings
from . import exported
from .errors import ExportMissing, UntrainedRefused
from .hashing import HashEncoder
from .names import EncoderName, parse
from .protocol import Encoder
from .shared import SharedEncoder

if TYPE_CHECKING:
    from .exporting import Proof

#: A model by name, whether it may be an untrained one, the process that has it, and what runs it: by int8, where, and
#: how exactly.
_Key: TypeAlias = tuple[str, bool, str, str, bool, str, str]
# The serving model and the one that replaces it: a switch loads the new beside the old.
MOST_KEPT = 2

_kept: dict[_Key, Encoder] = {}
_lock = threading.Lock()


def load(name: str, *, allow_untrained: bool = False) -> Encoder:
    """A new encoder for an ENCODER string, in this process; takes seconds and the model's memory. Never downloads.

    Raises `UnknownEncoder`, `UntrainedRefused`, `ExtraMissing`, `WeightsMissing` or `UnusableModel`.
    """
    return _load(parse(name), allow_untrained=allow_untrained, offline=True)


def fetch(name: str, *, allow_untrained: bool = False) -> Encoder:
    """Download what `name` needs, showing progress, and prove it by loading; files that are here are not fetched again.

    The one function that reaches the network; raises what `load` raises.
    """
    return _load(parse(name), allow_untrained=allow_untrained, offline=False)


def export(name: str, *, allow_untrained: bool = False) -> tuple[Path, Proof]:
    """Export the model of `name` for the RUNTIME (and INT8) of the settings: its folder, and how near the two are.

    Takes a minute or so. Raises what `load` raises for torch, and `UnusableModel` for what can't be exported.
    """
    from . import exporting

    wanted, conf = parse(name), settings()
    if conf.runtime == "torch":
        raise ExportMissing(
            'PRODUCT_SEARCH["RUNTIME"] is "torch", which needs no export. Set it to "openvino" or "onnx" first.'
        )
    _require_trained(wanted, allow_untrained=allow_untrained)
    made, proof = exporting.export(wanted, runtime=conf.runtime, int8=conf.int8)
    forget()
    return made.folder, proof


def get_encoder(name: str | None = None) -> Encoder:
    """This process's encoder of `name`, or of the ENCODER setting; the first call loads it, which takes seconds.

    With ENCODER_SOCKET it is the one in the encoder process of this host, and nothing is loaded here. Threads that ask
    meanwhile wait for that one load. A load that failed is tried again by the next call. Raises what `load` raises, and
    `EncoderUnavailable` where the encoder process does not answer.
    """
    key = _key(name)
    found = _kept.get(key)
    if found is not None:
        return found
    with _lock:
        if key not in _kept:
            wanted, allow_untrained, path, *_ = key
            loaded = SharedEncoder(path, wanted) if path else load(wanted, allow_untrained=allow_untrained)
            while len(_kept) >= MOST_KEPT:
                del _kept[next(iter(_kept))]
            _kept[key] = loaded
        return _kept[key]


def is_loaded(name: str | None = None) -> bool:
    """Whether `get_encoder` would answer at once."""
    return _key(name) in _kept


def forget() -> None:
    """Drop this process's encoders, so that the next `get_encoder` loads anew."""
    with _lock:
        _kept.clear()


def _key(name: str | None) -> _Key:
    conf = settings()
    wanted = conf.encoder if name is None else name
    runs = conf.runtime, conf.int8, conf.device, conf.precision
    return wanted, conf.allow_untrained, conf.encoder_socket, *runs


def _load(name: EncoderName, *, allow_untrained: bool, offline: bool) -> Encoder:
    if name.source == "hash":
        return HashEncoder(int(name.model))
    _require_trained(name, allow_untrained=allow_untrained)
    conf = settings()
    if conf.runtime != "torch" and offline:
        from .compiled import CompiledEncoder

        return CompiledEncoder(exported.find(name, int8=conf.int8), conf.runtime, precision=conf.precision)
    from .clip import load_clip
    from .placing import placed

    return placed(load_clip(name, offline=offline), device=conf.device, precision=conf.precision)


def _require_trained(name: EncoderName, *, allow_untrained: bool) -> None:
    if name.source == "untrained" and not (allow_untrained or settings().allow_untrained):
        raise UntrainedRefused(
            f'ENCODER is "{name.text}": random weights find nothing. Name trained weights, or, in tests, set '
            'PRODUCT_SEARCH["ALLOW_UNTRAINED"] = True.'
        )


def _renew_lock() -> None:
    """A child forked while another thread was loading inherits a lock that nobody will ever release."""
    global _lock
    _lock = threading.Lock()


os.register_at_fork(after_in_child=_renew_lock)
