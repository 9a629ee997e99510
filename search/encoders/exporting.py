"""From a model in torch to two files that OpenVINO and ONNX Runtime run, with proof that they give its vectors."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image

from . import exported, tokens
from .clip import ClipEncoder, load_clip
from .compiled import CompiledEncoder, Runtime
from .digests import PROBES, json_digest
from .errors import ExtraMissing, UnusableModel
from .exported import Exported, folder_of, source_of
from .names import EncoderName
from .pixels import Preprocessing

if TYPE_CHECKING:
    import torch

#: The least cosine between a vector of torch and that of the export; int8 rounds weights to 256 steps.
LEAST_COSINE, LEAST_COSINE_INT8 = 1 - 1e-5, 0.99
_SIZES = ((40, 40), (64, 32), (33, 97), (500, 200), (7, 9), (1, 300), (224, 224))


@dataclass(frozen=True)
class Proof:
    """The least cosines between what torch and the export make of the same texts and pictures."""

    texts: float
    pictures: float


def export(name: EncoderName, *, runtime: Runtime, int8: bool = False) -> tuple[Exported, Proof]:
    """Export the model of `name`, in place of an older export, once `runtime` has given its vectors.

    Takes a minute or so and, for a moment, three times the model's memory. Raises `ExtraMissing`, `UnusableModel` where
    the vectors differ or something of the model can't be exported, and what `load` raises.
    """
    model = load_clip(name, offline=True)
    folder = folder_of(name, int8=int8)
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=f".{folder.name}-") as place:
        made = _written(model, name, Path(place), int8=int8)
        proof = prove(CompiledEncoder(made, runtime), model, int8=int8)
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(place, folder)
    return replace(made, folder=folder), proof


def prove(encoder: CompiledEncoder, model: ClipEncoder, *, int8: bool = False) -> Proof:
    """Compare an export with torch's own model. Raises `UnusableModel` where they differ."""
    words = tokens.read(encoder._model.folder / exported.TOKENS)
    texts = [*PROBES, "mug", "a red striped mug with a handle", "it's 50% off — “now”", "<end_of_text> x"]
    clean = [text.encode("utf-8", "replace").decode() for text in texts]
    theirs = model.tokenizer(clean).tolist()
    for text, ours, their in zip(clean, words(clean), theirs, strict=True):
        if their != ours + [0] * (len(their) - len(ours)):
            raise _differs(model, f"its tokenizer reads {text[:40]!r} differently")
    random = np.random.default_rng(5)
    pictures = [
        Image.fromarray(random.integers(0, 255, (height, width, 3), dtype=np.uint8))
        for width, height in _SIZES
    ]
    proof = Proof(
        _least(encoder.encode_texts(texts), model.encode_texts(texts)),
        _least(encoder.encode_images(pictures), model.encode_images(pictures)),
    )
    least = LEAST_COSINE_INT8 if int8 else LEAST_COSINE
    if min(proof.texts, proof.pictures) < least:
        raise _differs(model, f"cosines are {proof.texts:.6f} (texts) and {proof.pictures:.6f} (pictures)")
    return proof


def _least(ours: Any, theirs: Any) -> float:
    return float((ours * theirs).sum(axis=1).min())


def _differs(model: ClipEncoder, how: str) -> UnusableModel:
    return UnusableModel(
        f"The export of {model.info.name} is not the same model: {how}. Nothing was kept. Run it by torch: "
        'PRODUCT_SEARCH["RUNTIME"] = "torch".'
    )


def _written(model: ClipEncoder, name: EncoderName, folder: Path, *, int8: bool) -> Exported:
    import torch

    preprocessing = Preprocessing.of_open_clip(model.pictures)
    words = tokens.of_open_clip(model.tokenizer)
    words.write(folder / exported.TOKENS)
    side, context = model.info.image_size, model.facts.context_length
    reach = min(8, context) if model.ends_decide else context
    ids = model.tokenizer(["red mug", "blue plate"])[:, :reach]
    rows = torch.export.Dim("rows", min=1, max=4096)
    length = {1: torch.export.Dim("length", min=2, max=context)} if model.ends_decide else {}
    _write_tower(_tower(model.model, model.of_ids), ids, {0: rows, **length}, folder / exported.TEXT)
    _write_tower(
        _tower(model.model, model.of_pixels),
        torch.rand(2, 3, side, side),
        {0: rows},
        folder / exported.PICTURE,
    )
    info = model.info
    if int8:
        for file in (exported.TEXT, exported.PICTURE):
            _round_weights(folder / file)
        # Other vectors than the model's own: a space of their own.
        info = replace(info, digest=json_digest({"of": info.digest, "weights": "int8"}))
    made = Exported(folder, info, model.facts, preprocessing, model.ends_decide, source_of(name))
    made.write()
    return made


def _tower(model: Any, encode: Callable[[torch.Tensor], torch.Tensor]) -> Any:
    import torch

    class Tower(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.model = model

        def forward(self, rows: torch.Tensor) -> torch.Tensor:
            return encode(rows)

    return Tower().eval()


def _write_tower(tower: Any, example: torch.Tensor, dimensions: dict[int, Any], path: Path) -> None:
    import torch

    # A kernel of torch's own for attention, which no other runtime has.
    fast = torch.backends.mha.get_fastpath_enabled()
    torch.backends.mha.set_fastpath_enabled(False)
    try:
        with torch.no_grad():
            torch.onnx.export(
                tower,
                (example,),
                path,
                dynamo=True,
                input_names=["rows"],
                output_names=["vectors"],
                dynamic_shapes={"rows": dimensions},
                external_data=False,
                verbose=False,
            )
    except ImportError as error:
        raise ExtraMissing(
            f"Exporting needs onnx and onnxscript ({error}). Install them: "
            "pip install django-product-search[export]"
        ) from error
    finally:
        torch.backends.mha.set_fastpath_enabled(fast)


def _round_weights(path: Path) -> None:
    """Weights as 8-bit integers, each input rounded as it comes (dynamic quantisation)."""
    try:
        import onnx
        from onnxruntime.quantization import QuantType, quantize_dynamic
    except ImportError as error:
        raise ExtraMissing(
            f"Rounding to int8 needs onnx and onnxruntime ({error}). Install them: "
            "pip install django-product-search[export,onnx]"
        ) from error
    model = onnx.load(path)
    # Shapes from before constants were folded, which the quantiser would believe.
    del model.graph.value_info[:]
    onnx.save(model, path)
    quantize_dynamic(path, path, weight_type=QuantType.QInt8, op_types_to_quantize=["MatMul", "Gemm"])
