"""What is wrong with the value of a setting, and what to set in its place."""

from __future__ import annotations

import types
import typing
from collections.abc import Iterator, Mapping
from dataclasses import Field, dataclass
from ipaddress import ip_network
from typing import Any, Literal

SETTING = "PRODUCT_SEARCH"
#: A shorter token than this many characters can be guessed.
SHORTEST_TOKEN = 16
#: Settings that are parts of a whole.
SHARES = ("RELEVANCE_FLOOR", "VECTOR_WEIGHT", "DESCRIBED_WEIGHT", "PRIORS_WEIGHT", "PERSONAL_WEIGHT")
#: What a request may be allowed to do: shoppers, and beyond them (`conf.ACTIONS`) secret keys and staff.
SHOPPERS = ("search", "suggest", "similar", "recommend", "classify", "tags", "media", "facets", "events")


@dataclass(frozen=True)
class Problem:
    """One thing wrong with `PRODUCT_SEARCH`: `what` came, and the `hint` that fixes it."""

    code: str
    what: str
    hint: str

    def __str__(self) -> str:
        return f"{self.what} Hint: {self.hint}"


def one_of(choices: Any) -> str:
    """The values of a `Literal`, in words."""
    *most, last = (repr(value) for value in typing.get_args(choices))
    return f"{', '.join(most)} or {last}"


def value_problems(key: str, spec: Field[Any], expected: Any, raw: Mapping[str, Any]) -> Iterator[Problem]:
    """What is wrong with `raw[key]`, which is to be of the type `expected`."""
    value = raw[key]
    if typing.get_origin(expected) is Literal:
        if value not in typing.get_args(expected):
            yield Problem("E004", f'{SETTING}["{key}"] is {value!r}.', f"Set it to {one_of(expected)}.")
        else:
            yield from _problems_beside_others(key, value, raw)
        return
    options = typing.get_args(expected) if isinstance(expected, types.UnionType) else (expected,)
    accepted = (*options, int) if float in options else options
    if not isinstance(value, accepted) or (isinstance(value, bool) and bool not in options):
        names = " or ".join(option.__name__ for option in options)
        shown = f"of type {type(value).__name__}" if spec.metadata["secret"] else repr(value)
        yield Problem(
            "E003", f'{SETTING}["{key}"] is {shown}; expected {names}.', str(spec.metadata["meaning"])
        )
        return
    minimum = spec.metadata["minimum"]
    if minimum is not None and value is not None and value < minimum:
        yield Problem("E004", f'{SETTING}["{key}"] is {value!r}.', f"Set it to {minimum} or more.")
    if key in SHARES and value > 1:
        yield Problem("E004", f'{SETTING}["{key}"] is {value!r}.', "Set it between 0 and 1.")
    if key in {"LEG_SIZE", "EF_SEARCH"} and value is not None and value > 1000:
        yield Problem("E004", f'{SETTING}["{key}"] is {value!r}.', "Set it to 1000 or less.")
    yield from _problems_beside_others(key, value, raw)
    if key == "PICTURE_NETWORKS":
        try:
            for network in names_in(value):
                ip_network(network)
        except ValueError as error:
            yield Problem("E004", f'{SETTING}["{key}"] is {value!r}: {error}.', 'Write "10.1.2.0/24".')
    if key == "ANONYMOUS" and (strange := sorted(set(names_in(value)) - set(SHOPPERS))):
        yield Problem(
            "E004", f'{SETTING}["{key}"] has {", ".join(strange)}.', f"Known: {', '.join(SHOPPERS)}."
        )
    if key == "METRICS_TOKEN" and 0 < len(value) < SHORTEST_TOKEN:
        yield Problem(
            "E004",
            f'{SETTING}["{key}"] has {len(value)} characters.',
            f"Set it to {SHORTEST_TOKEN} random ones or more.",
        )
    if key == "PRODUCT_MODEL" and value.count(".") != 1:
        yield Problem("E004", f'{SETTING}["{key}"] is {value!r}.', 'Write "app_label.Model".')
    if key == "ATTRIBUTION_MINUTES" and value > 1440:
        yield Problem("E004", f'{SETTING}["{key}"] is {value!r}.', "Set it to 1440 or less.")
    if key in {"CAPTIONER", "VISITOR"} and value and "." not in value:
        yield Problem("E004", f'{SETTING}["{key}"] is {value!r}.', 'Write "package.module.function".')
    if key == "DOCUMENT" and "." not in value:
        yield Problem("E004", f'{SETTING}["{key}"] is {value!r}.', 'Write "package.module.ClassName".')


def _problems_beside_others(key: str, value: Any, raw: Mapping[str, Any]) -> Iterator[Problem]:
    """What is wrong with what runs the model, where each setting is right by itself."""
    runtime, device = raw.get("RUNTIME", "torch"), raw.get("DEVICE", "cpu")
    what = f'{SETTING}["{key}"] is {value!r} with RUNTIME {runtime!r} and DEVICE {device!r}.'
    if key == "INT8" and value and runtime != "onnx":
        hint = f'Set {SETTING}["RUNTIME"] to "onnx" as well, or INT8 to False.'
        yield Problem("E004", f'{SETTING}["{key}"] is True without ONNX Runtime.', hint)
    if key == "DEVICE" and value != "cpu" and (runtime != "torch" or not value.startswith("cuda")):
        yield Problem("E004", what, 'Set it to "cpu", or to "cuda" with RUNTIME "torch".')
    if key == "PRECISION" and value == "float16" and device == "cpu" and runtime != "openvino":
        hint = '"float16" is for GPUs (DEVICE "cuda") and OpenVINO: set it to "bfloat16" or "float32".'
        yield Problem("E004", what, hint)
    if key == "PRECISION" and value == "bfloat16" and runtime == "onnx":
        yield Problem("E004", what, '"bfloat16" is for torch and OpenVINO: set it to "float32".')


def names_in(value: str) -> tuple[str, ...]:
    """`a, b` as its names."""
    return tuple(filter(None, (part.strip() for part in value.split(","))))
