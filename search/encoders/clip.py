"""open_clip behind the protocol: a model with its own preprocessing and tokenizer, and proof that its weights came.

The only module that touches torch for serving; a faster runtime is another class beside `ClipEncoder`.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from . import blocks, files, pixels, text_tower, text_tree
from .cores import Cores
from .digests import json_digest, preprocessing_digest, weights_digest
from .errors import EncoderError, ExtraMissing
from .names import EncoderName
from .picture_tower import PictureTower, class_token_decides
from .protocol import EncoderInfo, ModelFacts, Vectors, in_batches, unit_rows
from .text_tree import TextTree

if TYPE_CHECKING:
    import torch
    from PIL import Image

#: Texts to `(n, context)` token ids.
Tokenizer: TypeAlias = "Callable[[list[str]], torch.Tensor]"

_UNTRAINED_SEED = 0
#: A GPU computes so many at once in little more time than one.
GPU_BATCH = 256

_MANY_LANGUAGES = ("multilingual", "xlm", "mt5", "i18n", "siglip2", "nllb", "gemma")


class ClipEncoder:
    """A loaded model. Threads may share it: only tokenizers keep state, so only they are behind a lock.

    A model in eval mode under inference_mode writes nothing to itself, and torch leaves the interpreter lock while it
    computes; one lock around all of it would only make a query wait for a worker's whole batch.
    """

    def __init__(
        self,
        info: EncoderInfo,
        facts: ModelFacts,
        model: Any,
        preprocess: Callable[[Image.Image], torch.Tensor],
        tokenizer: Tokenizer,
        pictures: Mapping[str, Any],
    ) -> None:
        self.info = info
        self.facts = facts
        self.model = model
        self._preprocess = preprocess
        self.tokenizer = tokenizer
        self._tokenizing = threading.Lock()
        self._cores = Cores()
        #: How open_clip prepares pictures for this model.
        self.pictures = pictures
        #: Whether a text may be computed no further than it reaches.
        self.ends_decide = text_tower.ends_decide(model)
        in_trees = self.ends_decide and all(map(blocks.computable, model.transformer.resblocks))
        self._text_tree = TextTree(model) if in_trees else None
        self._picture_tower = PictureTower(model) if class_token_decides(model) else None

    def encode_texts(self, texts: Sequence[str], *, batch_size: int = 32) -> Vectors:
        """`(n, dim)` float32, rows of length 1; texts beyond the context are cut. Raises `BadVectors`.

        Texts are computed no further than they reach, and what they begin with alike once, where the tower is causal.
        """
        import torch

        if not texts:
            return np.empty((0, self.info.dim), dtype=np.float32)
        with self._tokenizing:
            # Lone surrogates, which JSON may carry, make tokenizers raise.
            ids = self.tokenizer([text.encode("utf-8", "replace").decode() for text in texts])
        tree = self._text_tree
        if tree is None:
            return self._in_batches(ids, self.of_ids, batch_size)

        def encode(rows: Sequence[Sequence[int]]) -> torch.Tensor:
            return torch.cat([tree.encode(part) for part in text_tree.parts(rows)])

        ends = text_tower.ends(self.model, ids).tolist()
        rows = [row[: end + 1] for row, end in zip(ids.tolist(), ends, strict=True)]
        order = sorted(range(len(rows)), key=rows.__getitem__)  # those that begin alike side by side
        vectors = np.empty((len(texts), self.info.dim), dtype=np.float32)
        vectors[order] = self._in_batches([rows[at] for at in order], encode, batch_size)
        return vectors

    def of_ids(self, ids: torch.Tensor) -> torch.Tensor:
        """`(n, dim)` as the text tower gives them for `(n, length)` token ids; less than the whole context only where
        `ends_decide`.
        """
        ids = ids.to(self._weight.device)
        if self.ends_decide:
            return text_tower.encode(self.model, ids)
        vectors: torch.Tensor = self.model.encode_text(ids)
        return vectors

    def of_pixels(self, ready: torch.Tensor) -> torch.Tensor:
        """`(n, dim)` as the picture tower gives them for `(n, 3, side, side)` pixels."""
        ready = ready.to(self._weight.device, self._weight.dtype)
        if self._picture_tower:
            return self._picture_tower.encode(ready)
        vectors: torch.Tensor = self.model.encode_image(ready)
        return vectors

    def prepare(self, image: Image.Image) -> torch.Tensor:
        """A picture's pixels as the model sees them, `(3, side, side)` float32."""
        return self._preprocess(
            pixels.without_ends(image) if self.pictures["resize_mode"] == "shortest" else image
        )

    def encode_images(self, images: Sequence[Image.Image | torch.Tensor], *, batch_size: int = 32) -> Vectors:
        """`(n, dim)` float32, rows of length 1. Raises `BadVectors`."""
        import torch

        def encode(batch: Sequence[Image.Image | torch.Tensor]) -> torch.Tensor:
            ready = torch.stack(
                [each if isinstance(each, torch.Tensor) else self.prepare(each) for each in batch]
            )
            return self.of_pixels(ready)

        return self._in_batches(images, encode, batch_size)

    def pack(self) -> None:
        """Lay weights out for the processor, where it has a layout of its own; they take no more memory than before.

        From then on the model computes by this encoder alone, where it is.
        """
        if not blocks.packable(self._weight):
            return
        for tower in (self._text_tree, self._picture_tower):
            if tower is not None:
                tower.blocks.pack()
        blocks.return_memory()

    @property
    def _weight(self) -> torch.Tensor:
        """Any of the model's: where it is, and in which precision."""
        weight: torch.Tensor = self.model.logit_scale
        return weight

    def _in_batches(self, items: Any, encode: Callable[[Any], torch.Tensor], batch_size: int) -> Vectors:
        import torch

        def unit(batch: Any) -> Vectors:
            return unit_rows(encode(batch).float().cpu().numpy(), dim=self.info.dim, name=self.info.name)

        if self._weight.device.type != "cpu":
            batch_size = max(batch_size, GPU_BATCH)
        with self._cores.share(), torch.inference_mode():
            return in_batches(items, batch_size, unit, dim=self.info.dim)


def load_clip(name: EncoderName, *, offline: bool) -> ClipEncoder:
    """The model of `name`, on the CPU in float32; reaches the network only where `offline` is False.

    Raises `ExtraMissing`, `UnknownEncoder`, `WeightsMissing` or `UnusableModel`.
    """
    with _loading(name, offline=offline) as open_clip:
        return _build(name, open_clip)


def load_model(name: EncoderName) -> tuple[Any, dict[str, Any], Tokenizer]:
    """open_clip's own model of `name`, its configuration and tokenizer: what training begins with.

    Never downloads. Raises as `load_clip`.
    """
    with _loading(name, offline=True) as open_clip:
        model, config = _model(name, open_clip)
        return model, config, open_clip.get_tokenizer(_identifier(name))


@contextmanager
def _loading(name: EncoderName, *, offline: bool) -> Iterator[Any]:
    """open_clip with the files of `name` at hand; what it raises inside is our own error."""
    open_clip = _open_clip()
    with files.hub(offline=offline):
        files.require(name, offline=offline)
        try:
            yield open_clip
        except (EncoderError, MemoryError):
            raise
        except (
            Exception
        ) as error:  # open_clip raises as it comes: KeyError, RuntimeError, OSError, SafetensorError
            raise files.broken(name, error) from error


def _open_clip() -> Any:
    try:
        import open_clip
        import torch  # noqa: F401 - open_clip without it is no use
    except ImportError as error:
        raise ExtraMissing(
            f"This ENCODER needs torch and open_clip ({error}). Install them: pip install django-product-search[clip]"
        ) from error
    return open_clip


def _identifier(name: EncoderName) -> str:
    return {"hub": "hf-hub:", "folder": "local-dir:"}.get(name.source, "") + name.model


def _model(name: EncoderName, open_clip: Any) -> tuple[Any, dict[str, Any]]:
    config: dict[str, Any] = open_clip.get_model_config(_identifier(name))
    config["quick_gelu"] = _quick_gelu(name, config)
    # require_pretrained: without it open_clip only logs a warning when no weights came, and answers are noise.
    model = _created(
        open_clip,
        _identifier(name),
        pretrained=name.weights or None,
        force_quick_gelu=config["quick_gelu"],
        require_pretrained=name.source != "untrained",
        pretrained_text=False,
    )
    return model, config


def _build(name: EncoderName, open_clip: Any) -> ClipEncoder:
    model, config = _model(name, open_clip)
    model.eval().requires_grad_(False)
    picture_settings: dict[str, Any] = dict(open_clip.get_model_preprocess_cfg(model))
    tokenizer = open_clip.get_tokenizer(_identifier(name))
    size = picture_settings["size"]
    weights = weights_digest(model.state_dict())
    preprocessing = preprocessing_digest(picture_settings, tokenizer)
    info = EncoderInfo(
        name=name.text,
        digest=json_digest({"weights": weights, "preprocessing": preprocessing, "model": config}),
        weights_digest=weights,
        preprocessing_digest=preprocessing,
        dim=int(config["embed_dim"]),
        image_size=int(size if isinstance(size, int) else max(size)),
    )
    parameters = list(model.parameters())
    facts = ModelFacts(
        context_length=int(tokenizer(["probe"]).shape[1]),
        parameters=sum(parameter.numel() for parameter in parameters),
        memory_bytes=sum(parameter.numel() * parameter.element_size() for parameter in parameters),
        languages=_languages(name, config),
    )
    settings = open_clip.transform.PreprocessCfg(**picture_settings)
    preprocess = open_clip.transform.image_transform_v2(settings, is_train=False)
    return ClipEncoder(info, facts, model, preprocess, tokenizer, picture_settings)


def _created(open_clip: Any, identifier: str, **options: Any) -> Any:
    import torch

    # Untrained towers draw random weights: the same ones every time, and the host's generator stays where it was.
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(_UNTRAINED_SEED)
        return open_clip.create_model(identifier, precision="fp32", device="cpu", **options)


def _quick_gelu(name: EncoderName, config: dict[str, Any]) -> bool:
    """Whether the weights were trained with QuickGELU; where only the tag says so, open_clip just warns."""
    needed = name.source == "tag" and bool(files.tag_config(name).get("quick_gelu", False))
    return needed or bool(config.get("quick_gelu", False))


def _languages(name: EncoderName, config: dict[str, Any]) -> str:
    """What names and configuration give away; model cards say more."""
    text = config.get("text_cfg", {})
    told = " ".join(
        [name.text, str(text.get("hf_model_name", "")), str(text.get("hf_tokenizer_name", ""))]
    ).lower()
    if any(sign in told for sign in _MANY_LANGUAGES):
        return "many"
    return "mostly English" if name.source == "tag" else "not stated"
