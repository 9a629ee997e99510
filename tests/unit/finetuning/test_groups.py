from __future__ import annotations

import random

from product_search.finetuning.groups import Groups


def test_groups_are_those_of_a_walk_from_neighbour_to_neighbour():
    chance = random.Random(7)
    for _ in range(20):
        keys = list(range(30))
        pairs = [(chance.choice(keys), chance.choice(keys)) for _ in range(chance.randint(0, 25))]
        titles = {key: f"Title {chance.randint(0, 40)}" for key in keys}
        groups = Groups()
        for one, other in pairs:
            groups.join(one, other)
        for key, title in titles.items():
            groups.join_by(key, "title", title)
        beside = {key: {key} for key in keys}
        for one, other in pairs:
            beside[one].add(other)
            beside[other].add(one)
        for key in keys:
            beside[key] |= {other for other in keys if titles[other] == titles[key]}
        for key in keys:
            reached, edge = {key}, {key}
            while edge := {other for each in edge for other in beside[each]} - reached:
                reached |= edge
            assert {other for other in keys if groups.of(other) == groups.of(key)} == reached


def test_signs_of_another_kind_join_nothing():
    groups = Groups()
    groups.join_by(1, "title", "7")
    groups.join_by(2, "variants", "7")
    assert groups.of(1) != groups.of(2)
    assert groups.of(3) == 3
