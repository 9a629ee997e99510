"""Every type, pattern, material and shape can be drawn, and the same arguments give the same picture."""

from __future__ import annotations

import random
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from catalog.rendering.assortment import TYPES
from catalog.rendering.backdrops import backdrop
from catalog.rendering.canvas import paint, svg
from catalog.rendering.looks import BACKDROPS, ProductLook, View, random_look, random_view
from catalog.rendering.materials import MATERIALS
from catalog.rendering.palette import COLOURS
from catalog.rendering.patterns import PATTERNS
from catalog.rendering.scene import draw
from catalog.rendering.shapes.register import SHAPERS

MUG = ProductLook("mug", "red", "striped", "ceramic", "straight", "white", 7)


def _share_covered(picture: Image.Image) -> float:
    return float((np.asarray(picture.getchannel("A")) > 128).mean())


@pytest.mark.parametrize("kind", sorted(TYPES))
def test_every_shape_of_a_type_covers_a_fair_part_of_the_picture(kind: str) -> None:
    drawn = set()
    for shape in TYPES[kind].shapes:
        look = replace(random_look(random.Random(kind), kind), shape=shape, form=3)
        painted = paint(look, View(), 48)
        assert 0.03 < _share_covered(painted) < 0.8, shape
        drawn.add(painted.tobytes())
    assert len(drawn) == len(TYPES[kind].shapes)


@pytest.mark.parametrize("pattern", PATTERNS)
def test_a_pattern_changes_what_lies_on_the_product_but_not_its_outline(pattern: str) -> None:
    plain, dressed = (paint(replace(MUG, pattern=name), View(), 96) for name in ("plain", pattern))
    outline, same = (np.asarray(picture.getchannel("A")) > 128 for picture in (plain, dressed))
    assert float((outline != same).mean()) < 0.01
    assert (plain.tobytes() == dressed.tobytes()) == (pattern == "plain")


def test_materials_are_told_apart_by_their_surface() -> None:
    plain = replace(MUG, pattern="plain")
    surfaces = [paint(replace(plain, material=name), View(), 64) for name in MATERIALS]
    assert len({surface.tobytes() for surface in surfaces}) == len(MATERIALS)
    assert all(_share_covered(surface) > 0.1 for surface in surfaces)


@pytest.mark.parametrize("colour", sorted(COLOURS))
def test_the_colour_of_a_plain_product_is_the_colour_seen(colour: str) -> None:
    painted = paint(ProductLook("cushion", colour, "plain", "cotton", "square", form=2), View(), 64)
    pixels = np.asarray(painted, np.float32)
    seen = np.median(pixels[pixels[..., 3] > 250][:, :3], axis=0)
    nearest = min(COLOURS.values(), key=lambda tone: float(np.abs(seen - np.array(tone.rgb)).sum()))
    assert nearest.name == colour


@pytest.mark.parametrize("ground", BACKDROPS)
def test_the_product_stands_out_from_every_backdrop(ground: str) -> None:
    for colour in COLOURS:
        look = replace(MUG, pattern="plain", colour=colour)
        for seed in range(4):
            view = View(backdrop=ground, seed=seed)  # type: ignore[arg-type]  # parametrize knows only str
            edge = backdrop(look, view, 32)[:20].mean(axis=(0, 1)) * 255
            assert float(np.abs(edge - np.array(COLOURS[colour].rgb)).mean()) > 15, (colour, seed)


def test_equal_arguments_give_equal_pictures_and_any_difference_shows() -> None:
    view = random_view(random.Random(1), MUG)
    picture = draw(MUG, view, 64)
    assert (picture.mode, picture.size) == ("RGB", (64, 64))
    assert picture.tobytes() == draw(MUG, view, 64).tobytes()
    others = [
        draw(replace(MUG, form=8), view, 64),
        draw(replace(MUG, accent="black"), view, 64),
        draw(MUG, replace(view, light=-view.light), 64),
        draw(MUG, replace(view, seed=view.seed + 1), 64),
    ]
    assert picture.tobytes() not in {other.tobytes() for other in others}


def test_a_seed_gives_the_same_look_and_photograph_again() -> None:
    first, second = (random.Random(5) for _ in range(2))
    looks = [random_look(first) for _ in range(20)]
    assert looks == [random_look(second) for _ in range(20)]
    assert random_view(first, looks[0]) == random_view(second, looks[0])
    assert len(set(looks)) == 20


def test_types_that_can_be_drawn_are_the_types_that_are_sold() -> None:
    assert set(SHAPERS) == set(TYPES)
    assert len(TYPES) >= 20
    for kind in TYPES.values():
        assert set(kind.materials) <= set(MATERIALS)
        assert set(kind.patterns) <= set(PATTERNS)
        assert set(kind.colours) <= set(COLOURS)


def test_no_name_of_a_gradient_or_pattern_is_used_without_being_defined() -> None:
    # resvg draws nothing for a missing reference, without a word.
    for seed in range(60):
        rng = random.Random(seed)
        look = random_look(rng)
        document = svg(look, random_view(rng, look))
        used = {piece.split(")")[0] for piece in document.split("url(#")[1:]}
        defined = {piece.split('"')[0] for piece in document.split('id="')[1:]}
        assert used <= defined
