"""An exported model behind the protocol, run by OpenVINO or by ONNX Runtime, without torch.

A tower is opened when it is first asked: a web process that answers text queries never holds the other one.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from . import exported, tokens
from .errors import ExtraMissing
from .exported import Exported
from .placing import Precision
from .protocol import EncoderInfo, ModelFacts, Vectors, in_batches, unit_rows

if TYPE_CHECKING:
    from PIL import Image

_HINTS: dict[Precision, str] = {"float32": "f32", "bfloat16": "bf16", "float16": "f16"}
Runtime = Literal["openvino", "onnx"]
#: A tower: `(n, ...)` numbers in, `(n, dim)` float32 out; threads may call it at once.
Tower: TypeAlias = Callable[[NDArray[Any]], NDArray[np.float32]]


class CompiledEncoder:
    """An exported model. Threads may share it."""

    def __init__(self, model: Exported, runtime: Runtime, *, precision: Precision = "float32") -> None:
        self.info: EncoderInfo = model.info
        self.facts: ModelFacts = model.facts
        self._model = model
        self._runtime = runtime
        self._precision = precision
        self._towers: dict[str, Tower] = {}
        self._opening = threading.Lock()

    def encode_texts(self, texts: Sequence[str], *, batch_size: int = 32) -> Vectors:
        """`(n, dim)` float32, rows of length 1; texts beyond the context are cut. Raises `BadVectors`.

        Texts of like length are computed together where the tower is read no further than they reach.
        """
        ids = self._tokens(texts)
        whole = self._tokens.context_length
        order = sorted(range(len(ids)), key=lambda at: len(ids[at]))

        def encode(batch: Sequence[int]) -> Vectors:
            reach = len(ids[batch[-1]]) if self._model.ends_decide else whole
            rows = np.zeros((len(batch), reach), dtype=np.int64)
            for row, at in enumerate(batch):
                rows[row, : len(ids[at])] = ids[at]
            return self._unit(self._tower(exported.TEXT)(rows))

        vectors = np.empty((len(ids), self.info.dim), dtype=np.float32)
        vectors[order] = in_batches(order, batch_size, encode, dim=self.info.dim)
        return vectors

    def prepare(self, image: Image.Image) -> NDArray[np.float32]:
        """A picture's pixels as the model sees them, `(3, side, side)` float32."""
        return self._model.preprocessing(image)

    def encode_images(
        self, images: Sequence[Image.Image | NDArray[np.float32]], *, batch_size: int = 32
    ) -> Vectors:
        """`(n, dim)` float32, rows of length 1. Raises `BadVectors`."""

        def encode(batch: Sequence[Image.Image | NDArray[np.float32]]) -> Vectors:
            ready = [each if isinstance(each, np.ndarray) else self.prepare(each) for each in batch]
            return self._unit(self._tower(exported.PICTURE)(np.stack(ready)))

        return in_batches(images, batch_size, encode, dim=self.info.dim)

    def _unit(self, vectors: NDArray[np.float32]) -> Vectors:
        return unit_rows(vectors, dim=self.info.dim, name=self.info.name)

    @cached_property
    def _tokens(self) -> tokens.Tokens:
        return tokens.read(self._model.folder / exported.TOKENS)

    def _tower(self, file: str) -> Tower:
        """That of the file `file`, opened by whoever asks for it first."""
        if file not in self._towers:
            with self._opening:
                if file not in self._towers:
                    self._towers[file] = _OPENED_BY[self._runtime](self._model.folder / file, self._precision)
        return self._towers[file]


def _with_openvino(path: Path, precision: Precision) -> Tower:
    try:
        import openvino
    except ImportError as error:
        raise _missing("openvino", "OpenVINO", error) from error
    # On some processors OpenVINO takes bfloat16 unless it is told otherwise; what one lacks is computed in float32.
    options = {"INFERENCE_PRECISION_HINT": _HINTS[precision], "PERFORMANCE_HINT": "LATENCY"}
    compiled = openvino.Core().compile_model(path, "CPU", options)
    requests = threading.local()  # a request serves one caller at a time

    def run(rows: NDArray[Any]) -> NDArray[np.float32]:
        if not hasattr(requests, "own"):
            requests.own = compiled.create_infer_request()
        requests.own.infer([rows])
        return np.array(requests.own.get_output_tensor(0).data, dtype=np.float32)

    return run


def _with_onnx_runtime(path: Path, precision: Precision) -> Tower:
    try:
        import onnxruntime
    except ImportError as error:
        raise _missing("onnx", "ONNX Runtime", error) from error
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    name = session.get_inputs()[0].name

    def run(rows: NDArray[Any]) -> NDArray[np.float32]:
        return np.asarray(session.run(None, {name: rows})[0], dtype=np.float32)

    return run


_OPENED_BY: dict[Runtime, Callable[[Path, Precision], Tower]] = {
    "openvino": _with_openvino,
    "onnx": _with_onnx_runtime,
}


def _missing(extra: str, product: str, error: ImportError) -> ExtraMissing:
    return ExtraMissing(
        f'PRODUCT_SEARCH["RUNTIME"] is "{extra}", and {product} is not installed ({error}). Install it: '
        f"pip install django-product-search[{extra}]"
    )
