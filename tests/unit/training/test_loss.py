from __future__ import annotations

import math

import pytest
import torch
from torch.nn.functional import normalize

from product_search.training.loss import (
    common_words,
    contrastive_loss,
    likeness,
    look_alike_loss,
    near_misses,
    true_pairs,
    word_loss,
    words,
)


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
    pairs = torch.eye(6, dtype=torch.bool)
    pairs[0, 3] = pairs[3, 0] = pairs[1, 5] = True
    loss = contrastive_loss(vectors(1), vectors(2), torch.tensor(7.0), pairs)
    assert float(loss) == pytest.approx(brute_force(vectors(1), vectors(2), 7.0, pairs), rel=1e-5)


def test_a_text_true_of_no_picture_is_only_told_from_the_others():
    """Five pictures, eight texts: the last two are near misses, the sixth is true of the first picture too."""
    pairs = torch.zeros(5, 8, dtype=torch.bool)
    pairs[range(5), range(5)] = True
    pairs[0, 5] = True
    images, texts = vectors(1, n=5), vectors(2, n=8)
    with_misses = contrastive_loss(images, texts, torch.tensor(7.0), pairs)
    assert float(with_misses) == pytest.approx(brute_force(images, texts, 7.0, pairs), rel=1e-5)
    assert with_misses > contrastive_loss(images, texts[:6], torch.tensor(7.0), pairs[:, :6])


def test_near_misses_differ_in_one_word():
    plain = [
        "red striped mug",
        "red dotted mug",
        "red striped cup",
        "red mug",
        "blue mug",
        "blue dotted cup",
        "sofa",
    ]
    found = near_misses(plain)
    assert found["red striped mug"] == [["red dotted mug"], ["red striped cup"]]
    assert found["red mug"] == [["blue mug"]]
    assert "blue dotted cup" not in found
    assert "sofa" not in found


def test_the_same_caption_in_other_letters_is_no_miss():
    assert near_misses(["Red mug", "red mug"]) == {}


def test_without_shared_captions_it_is_the_loss_of_open_clip():
    from open_clip.loss import ClipLoss

    images, texts = vectors(1), vectors(2)
    ours = contrastive_loss(images, texts, torch.tensor(7.0), torch.eye(6, dtype=torch.bool))
    assert float(ours) == pytest.approx(float(ClipLoss()(images, texts, torch.tensor(7.0))), rel=1e-5)


def test_two_pictures_of_one_caption_are_not_pushed_apart():
    """All alike and all true: nothing is left to learn, where a diagonal loss would still pull at the pair."""
    images = vectors(1, n=1).expand(2, -1).clone().requires_grad_()
    texts = vectors(2, n=1).expand(2, -1)
    contrastive_loss(images, texts, torch.tensor(7.0), torch.ones(2, 2, dtype=torch.bool)).backward()
    assert torch.allclose(images.grad, torch.zeros_like(images), atol=1e-6)


def test_equal_captions_are_true_of_both_pictures():
    captions = [words("red mug"), words("red mug"), words("blue mug")]
    pairs = true_pairs(captions, captions)
    assert pairs.tolist() == [[True, True, False], [True, True, False], [False, False, True]]


def test_a_caption_that_says_less_is_true_of_a_picture_that_shows_more():
    said = [words("red striped mug"), words("mug")]
    pairs = true_pairs(said, [words("red striped mug"), words("mug")])
    assert pairs.tolist() == [[True, True], [False, True]]


def test_a_caption_of_common_words_alone_still_belongs_to_its_own_picture_and_to_no_other():
    pairs = true_pairs([words("mug"), words("boot")], [frozenset(), words("boot")])
    assert pairs.tolist() == [[True, False], [False, True]]


def test_words_said_of_most_pictures_are_common():
    captions = [("a photo of a mug", "a mug"), ("a photo of a boot",), ("a photo of a hat",), ("sofa",)]
    assert common_words(captions) == {"a", "photo", "of"}


SAID = [words(text) for text in ("red striped mug", "red mug", "blue mug", "blue boot", "red boot", "mug")]


def test_what_two_pictures_share_counts_by_the_rarity_of_the_words():
    rows = likeness(SAID)
    weight = {word: math.log(6 / sum(word in said for said in SAID)) for word in ("red", "mug", "striped")}
    shared = (rows @ rows.T).tolist()
    assert shared[0][1] == pytest.approx(weight["red"] + weight["mug"], rel=1e-5)
    assert shared[0][0] == pytest.approx(sum(weight.values()), rel=1e-5)
    assert shared[1][3] == 0


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


def test_the_loss_between_pictures_is_its_definition():
    loss = look_alike_loss(vectors(1), torch.tensor(7.0), likeness(SAID))
    assert float(loss) == pytest.approx(brute_force_between_pictures(vectors(1), 7.0, SAID), rel=1e-4)


def test_a_picture_that_shares_nothing_with_the_others_is_left_out():
    said = [*SAID, words("green sofa")]
    images = vectors(1, n=7)
    loss = look_alike_loss(images, torch.tensor(7.0), likeness(said))
    assert float(loss) == pytest.approx(brute_force_between_pictures(images, 7.0, said), rel=1e-4)
    alone = look_alike_loss(vectors(1, n=2), torch.tensor(7.0), likeness([words("sofa"), words("mug")]))
    assert float(alone) == 0


def test_telling_words_is_cross_entropy_against_each_of_them_alike():
    rows = likeness([words("red mug"), words("blue mug"), words("red striped boot"), frozenset()])
    logits = torch.randn(4, rows.shape[1], generator=torch.Generator().manual_seed(3))
    told = logits.log_softmax(dim=1).tolist()
    # Alphabetical columns: blue, boot, mug, red, striped.
    by_hand = [
        -(told[0][2] + told[0][3]) / 2,
        -(told[1][0] + told[1][2]) / 2,
        -(told[2][1] + told[2][3] + told[2][4]) / 3,
    ]
    assert float(word_loss(logits, rows)) == pytest.approx(sum(by_hand) / 3, rel=1e-5)
    assert float(word_loss(logits[3:], rows[3:])) == 0
