"""A model as open_clip runs it beside the same model as we do: in turns, in one process, with all cores of the machine.

`python -m tests.benchmarks.encoder_speed NAME PAIRS SEED FOLDER RUNTIME` prints the figures of one runtime as JSON. It
is a process of its own because the tests keep torch to one thread, and because runtimes bring threads of their own.
Those that have just computed go on looking for work for a while, so each turn begins after a pause.
"""

from __future__ import annotations

import json
import os
import random
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

if TYPE_CHECKING:
    from product_search.encoders.placing import Precision

WORDS = """
red blue striped floral cotton ceramic mug plate shirt dress lamp chair oak small large round with handle for kitchen
summer women men kids sneakers leather bag curtain pillow glass steel vintage soft warm light dark
""".split()  # noqa: SIM905
#: What runs the model, how exactly it computes, and whether its weights are in 8 bits.
RUNTIMES: dict[str, tuple[Literal["torch", "openvino", "onnx"], Precision, bool]] = {
    "torch": ("torch", "float32", False),
    "torch_bfloat16": ("torch", "bfloat16", False),
    "openvino": ("openvino", "float32", False),
    "openvino_bfloat16": ("openvino", "bfloat16", False),
    "openvino_float16": ("openvino", "float16", False),
    "onnx": ("onnx", "float32", False),
    "onnx_int8": ("onnx", "float32", True),
}
BATCH = 32
#: Threads of all runtimes are asleep after so long.
PAUSE_S = 0.02


def queries(count: int, seed: int) -> list[str]:
    """So many queries of 3 to 12 words."""
    draw = random.Random(seed)
    return [" ".join(draw.choices(WORDS, k=draw.randint(3, 12))) for _ in range(count)]


def compared(
    theirs: Callable[[Any], Any], ours: Callable[[Any], Any], inputs: Sequence[Any]
) -> dict[str, Any]:
    """How many times as long they take as we, for each of `inputs` in turns: the median, and where it lies with 95 %
    confidence (binomial, by order statistics). Each input is computed once before.
    """
    both: list[list[float]] = [[], []]
    for timed in (False, True):
        for each in inputs:
            for at, run in random.sample([(0, theirs), (1, ours)], 2):
                time.sleep(PAUSE_S * timed)
                begun = time.perf_counter()
                run(each)
                if timed:
                    both[at].append((time.perf_counter() - begun) * 1000)
    ratios = sorted(theirs / ours for theirs, ours in zip(*both, strict=True))
    edge = max(int(len(ratios) / 2 - 0.98 * len(ratios) ** 0.5), 0)
    return {
        "ratio": statistics.median(ratios),
        "interval": [ratios[edge], ratios[-1 - edge]],
        "theirs_ms": statistics.median(both[0]),
        "ours_ms": statistics.median(both[1]),
        "pairs": len(ratios),
    }


def cosine(theirs: Any, ours: Any) -> float:
    """The least cosine of rows."""
    theirs = theirs / np.linalg.norm(theirs, axis=1, keepdims=True)
    return float((theirs * ours).sum(axis=1).min())


def _one(encoder: Any, text: str) -> Any:
    return encoder.encode_texts([text])


def measure(name: str, pairs: int, seed: int, runtime: str) -> dict[str, Any]:
    """Ratios of single queries, of batches of queries and of pictures, by one of `RUNTIMES`."""
    import torch

    from product_search import encoders
    from product_search.encoders import compiled, exported, exporting, placing
    from product_search.encoders.clip import ClipEncoder, load_clip

    torch.set_num_threads(os.cpu_count() or 1)
    wanted = encoders.parse(name)
    by_torch: ClipEncoder = load_clip(wanted, offline=True)
    model = by_torch.model
    runs, precision, int8 = RUNTIMES[runtime]
    ours: Any = None
    if runs != "torch":
        try:
            kept = exported.find(wanted, int8=int8)
        except encoders.ExportMissing:
            kept, _ = exporting.export(wanted, runtime=runs, int8=int8)
        ours = compiled.CompiledEncoder(kept, runs, precision=precision)
    else:
        ours = placing.placed(load_clip(wanted, offline=True), device="cpu", precision=precision)

    texts = queries(pairs, seed)
    batches = [queries(BATCH, seed + number) for number in range(1, max(pairs // 3, 2) + 1)]
    side = by_torch.info.image_size
    draw = np.random.default_rng(seed)
    pictures = [draw.normal(size=(1, 3, side, side)).astype(np.float32) for _ in range(pairs)]

    def their_texts(words: list[str]) -> Any:
        return model.encode_text(by_torch.tokenizer(words)).numpy()

    def their_pictures(pixels: Any) -> Any:
        return model.encode_image(torch.from_numpy(pixels)).numpy()

    def our_pictures(pixels: Any) -> Any:
        in_torch = isinstance(ours, ClipEncoder)
        return ours.encode_images([torch.from_numpy(each) if in_torch else each for each in pixels])

    with torch.inference_mode():
        return {
            "cosine": min(
                cosine(their_texts(texts), ours.encode_texts(texts)),
                cosine(their_pictures(np.concatenate(pictures)), our_pictures(np.concatenate(pictures))),
            ),
            "threads": torch.get_num_threads(),
            "query": compared(lambda text: their_texts([text]), partial(_one, ours), texts),
            "queries": compared(their_texts, ours.encode_texts, batches),
            "picture": compared(their_pictures, our_pictures, pictures),
        }


def main() -> None:
    """Print what `measure` finds."""
    os.environ["OMP_NUM_THREADS"] = str(os.cpu_count())
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    import django
    from django.conf import settings

    name, pairs, seed, folder, runtime = sys.argv[1:]
    settings.PRODUCT_SEARCH = {**settings.PRODUCT_SEARCH, "MODELS_DIR": folder, "ALLOW_UNTRAINED": True}
    django.setup()
    print(json.dumps(measure(name, int(pairs), int(seed), runtime)))


if __name__ == "__main__":
    main()
