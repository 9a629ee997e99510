"""The losses against their definitions, against open_clip's, and by blocks against the whole."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch
from torch.nn.functional import normalize

from product_search.training.loss import clip_loss, look_alike_loss, siglip_loss, word_loss
from product_search.training.words import Rarity, Truth, words

SCALE = torch.tensor(7.0)
#: Six pictures and eight texts: the first is true of the fourth, the last but one of the first, the last of none.
SAID = ["red striped mug", "red cup", "blue boot", "red striped mug", "green sofa", "white hat"]
TEXTS = [*SAID, "red mug", "red boot"]
TRUTH = Truth([words(each) for each in SAID], [words(each) for each in TEXTS])
OWN = Truth([frozenset()] * 6, [frozenset()] * 6)


def vectors(seed: int, n: int = 6, dim: int = 5) -> torch.Tensor:
    return normalize(torch.randn(n, dim, generator=torch.Generator().manual_seed(seed)), dim=-1)


def brute_force(images, texts, scale: float, pairs) -> float:
    """The loss by its definition, one pair at a time."""

    def direction(queries, items, true) -> float:
        losses = []
        for i in range(len(queries)):
            scores = [scale * float(queries[i] @ item) for item in items]
            log_sum = math.log(sum(math.exp(score) for score in scores))
            right = [scores[j] - log_sum for j in range(len(items)) if true(i, j)]
            if right:
                losses.append(-sum(right) / len(right))
        return sum(losses) / len(losses)

    by_picture = direction(images, texts, lambda i, j: bool(pairs[i][j]))
    by_text = direction(texts, images, lambda i, j: bool(pairs[j][i]))
    return (by_picture + by_text) / 2


def test_the_loss_is_its_definition():
    pairs = TRUTH.of_pictures(0, 6)
    assert pairs.sum() == 6 + 2 + 2, "the pictures' own, the two alike, and the mug that both of these are"
    loss = clip_loss(vectors(1), vectors(2, n=8), SCALE, TRUTH)
    assert float(loss) == pytest.approx(brute_force(vectors(1), vectors(2, n=8), 7.0, pairs), rel=1e-5)


def test_with_a_text_for_each_picture_alone_they_are_the_losses_of_open_clip():
    from open_clip.loss import ClipLoss, SigLipLoss

    images, texts, bias = vectors(1), vectors(2), torch.tensor(-3.0)
    ours = clip_loss(images, texts, SCALE, OWN)
    assert float(ours) == pytest.approx(float(ClipLoss()(images, texts, SCALE)), rel=1e-6)
    ours = siglip_loss(images, texts, SCALE, bias, OWN)
    assert float(ours) == pytest.approx(float(SigLipLoss()(images, texts, SCALE, bias)), rel=1e-6)


def test_sigmoid_judges_each_pair_alone():
    loss = siglip_loss(vectors(1), vectors(2, n=8), SCALE, torch.tensor(-3.0), TRUTH)
    pairs = TRUTH.of_pictures(0, 6)
    by_hand = sum(
        math.log1p(math.exp((-1 if pairs[i][j] else 1) * (7 * float(image @ text) - 3)))
        for i, image in enumerate(vectors(1))
        for j, text in enumerate(vectors(2, n=8))
    )
    assert float(loss) == pytest.approx(by_hand / 6, rel=1e-5)


def test_two_pictures_of_one_caption_are_not_pushed_apart():
    """All alike and all true: nothing is left to learn, where a diagonal loss would still pull at the pair."""
    images = vectors(1, n=1).expand(2, -1).clone().requires_grad_()
    texts = vectors(2, n=1).expand(2, -1)
    clip_loss(images, texts, SCALE, Truth([words("red mug")] * 2, [words("red mug")] * 2)).backward()
    assert torch.allclose(images.grad, torch.zeros_like(images), atol=1e-6)


def brute_force_between_pictures(images, scale: float, said) -> float:
    """The loss by its definition: squared weighted Jaccard indices as targets, a picture never its own."""
    n = len(said)

    def size(of) -> float:
        return sum(math.log(n / sum(word in other for other in said)) for word in of)

    losses = []
    for i in range(n):
        others = [j for j in range(n) if j != i]
        targets = {j: (size(said[i] & said[j]) / size(said[i] | said[j])) ** 2 for j in others}
        if not sum(targets.values()):
            continue
        scores = {j: scale * float(images[i] @ images[j]) for j in others}
        log_sum = math.log(sum(math.exp(score) for score in scores.values()))
        losses.append(-sum(targets[j] / sum(targets.values()) * (scores[j] - log_sum) for j in others))
    return sum(losses) / len(losses)


LOOKS = [words(text) for text in ("red striped mug", "red mug", "blue mug", "blue boot", "red boot", "mug")]


def test_the_loss_between_pictures_is_its_definition():
    loss = look_alike_loss(vectors(1), SCALE, Rarity(LOOKS).bags(range(6)))
    assert float(loss) == pytest.approx(brute_force_between_pictures(vectors(1), 7.0, LOOKS), rel=1e-4)


def test_a_picture_that_shares_nothing_with_the_others_is_left_out():
    said = [*LOOKS, words("green sofa")]
    images = vectors(1, n=7)
    loss = look_alike_loss(images, SCALE, Rarity(said).bags(range(7)))
    assert float(loss) == pytest.approx(brute_force_between_pictures(images, 7.0, said), rel=1e-4)
    alone = look_alike_loss(vectors(1, n=2), SCALE, Rarity([words("sofa"), words("mug")]).bags(range(2)))
    assert float(alone) == 0


def test_telling_words_is_cross_entropy_against_each_of_them_alike():
    said = Rarity([words("red mug"), words("blue mug"), words("red striped boot"), frozenset()])
    logits = torch.randn(4, 5, generator=torch.Generator().manual_seed(3))
    told = logits.log_softmax(dim=1).tolist()
    # Alphabetical columns: blue, boot, mug, red, striped.
    by_hand = [
        -(told[0][2] + told[0][3]) / 2,
        -(told[1][0] + told[1][2]) / 2,
        -(told[2][1] + told[2][3] + told[2][4]) / 3,
    ]
    tell = torch.nn.Identity()
    assert float(word_loss(logits, tell, said.bags(range(4)))) == pytest.approx(sum(by_hand) / 3, rel=1e-5)
    assert float(word_loss(logits[3:], tell, said.bags([3]))) == 0


LOSSES: dict[str, Any] = {
    "clip": lambda images, texts, scale, block: clip_loss(images, texts, scale, TRUTH, block=block),
    "siglip": lambda images, texts, scale, block: siglip_loss(
        images, texts, scale, scale - 9, TRUTH, block=block
    ),
    "look-alike": lambda images, texts, scale, block: look_alike_loss(
        images, scale, Rarity(LOOKS).bags(range(6)), block=block
    ),
    "words": lambda images, texts, scale, block: word_loss(
        images @ texts.T[:, :5] * scale, torch.nn.Identity(), Rarity(LOOKS).bags(range(6)), block=block
    ),
}


@pytest.mark.parametrize("name", LOSSES)
@pytest.mark.parametrize("block", [1, 20])
def test_by_blocks_it_is_the_same_loss_with_the_same_gradient(name, block):
    """Blocks of one row, and of two or more with a rest."""

    def loss_and_gradients(block: int) -> list[torch.Tensor]:
        given = [
            vectors(1).requires_grad_(),
            vectors(2, n=8).requires_grad_(),
            SCALE.clone().requires_grad_(),
        ]
        loss = LOSSES[name](*given, block)
        loss.backward()
        return [loss.detach(), *(each.grad for each in given if each.grad is not None)]

    whole, parts = loss_and_gradients(1000), loss_and_gradients(block)
    assert len(whole) == len(parts) > 2
    for one, other in zip(whole, parts, strict=True):
        assert torch.allclose(one, other, atol=1e-6)


def test_no_block_is_larger_than_allowed():
    from torch.utils._python_dispatch import TorchDispatchMode

    class Largest(TorchDispatchMode):
        numbers = 0

        def __torch_dispatch__(self, function, types, args=(), kwargs=None):
            out = function(*args, **(kwargs or {}))
            if isinstance(out, torch.Tensor):
                Largest.numbers = max(Largest.numbers, out.numel())
            return out

    images, texts = vectors(1, n=256).requires_grad_(), vectors(2, n=256)
    truth = Truth([words(f"mug {n % 9}") for n in range(256)], [words(f"mug {n % 9}") for n in range(256)])
    with Largest():
        clip_loss(images, texts, SCALE, truth, block=2048).backward()
    assert 256 * 5 <= Largest.numbers <= 2048
