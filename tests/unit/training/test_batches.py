from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from product_search.training.batches import Batches
from product_search.training.examples import read_examples


def draw(batches: Batches, seed: int):
    return batches.draw(torch.Generator().manual_seed(seed))


@pytest.fixture
def examples(training_csv, labelled_folder):
    """Forty pictures of twenty products, and twelve photographs."""
    return read_examples(training_csv) + read_examples(labelled_folder)


def test_each_set_has_its_share_of_every_batch(examples):
    """As the roots of 40 and 12, 65 and 35 of 100."""
    batches = Batches(examples, 8)
    for seed in range(5):
        batch = draw(batches, seed)
        assert len(batch.labelled) == 2
        assert len(set(batch.rows)) == 8
        assert [batches.labels[label] for label in batch.labels] == [
            examples[batch.rows[place]].label for place in batch.labelled
        ]
        assert len(batch.prompts) == len(batches.labels) == 2


def test_pictures_of_one_product_come_together_and_photographs_of_one_sender_do_not(examples):
    senders = set()
    for seed in range(5):
        rows = [examples[row] for row in draw(Batches(examples, 8), seed).rows]
        groups = [example.group for example in rows if not example.label]
        assert [groups.count(group) for group in set(groups)] == [2, 2, 2]
        senders.add(len({example.group for example in rows if example.label}))
    assert max(senders) > 1


def test_a_caption_is_one_of_the_pictures_own_and_near_misses_come_along(examples):
    batch = draw(Batches(examples, 8), 1)
    for row, caption in zip(batch.rows, batch.captions, strict=True):
        assert caption in examples[row].captions
    plain = {examples[row].captions[0] for row in batch.rows if not examples[row].label}
    assert plain < set(batch.texts), "squares of other colours beside them"


def test_equal_chance_draws_equal_batches(examples):
    batches = Batches(examples, 8)
    assert draw(batches, 3) == draw(Batches(examples, 8), 3)
    assert draw(batches, 3) != draw(batches, 4)


def test_a_share_of_a_batch_is_of_one_category(training_csv):
    """Four categories of ten pictures: by chance a batch of sixteen would hold four or so of each."""
    examples = [
        replace(example, category=example.captions[0].split()[0]) for example in read_examples(training_csv)
    ]
    for seed in range(8):
        rows = draw(Batches(examples, 16, same_category=0.5), seed).rows
        assert len(set(rows)) == 16
        assert max(_counts(examples, rows)) >= 8
    rows = draw(Batches(examples, 32, same_category=0.5), 1).rows
    assert len(set(rows)) == 32
    assert sorted(_counts(examples, rows))[-1] == 10, "a category has no more than ten; the next makes it up"
    assert sum(max(_counts(examples, draw(Batches(examples, 16), seed).rows)) < 8 for seed in range(8)) > 4


def _counts(examples, rows) -> list[int]:
    of = [examples[row].category for row in rows]
    return [of.count(each) for each in set(of)]
