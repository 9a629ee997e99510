"""The colours of the rendered catalogue: well apart, each with its English and German words and small variations."""

from __future__ import annotations

import colorsys
from dataclasses import dataclass

RGB = tuple[int, int, int]


@dataclass(frozen=True)
class Colour:
    """One named colour: its middle tone, and its words (German as an uninflected adjective)."""

    name: str
    rgb: RGB
    german: str
    synonyms: tuple[str, ...] = ()


COLOURS: dict[str, Colour] = {
    colour.name: colour
    for colour in (
        Colour("red", (204, 32, 38), "rot", ("crimson", "scarlet")),
        Colour("blue", (36, 84, 188), "blau", ("cobalt", "royal blue")),
        Colour("green", (44, 132, 66), "grün", ("forest green", "emerald")),
        Colour("yellow", (246, 206, 40), "gelb", ("lemon", "sunny yellow")),
        Colour("black", (34, 34, 38), "schwarz", ("jet black",)),
        Colour("white", (244, 243, 240), "weiß", ("snow white",)),
        Colour("grey", (138, 142, 148), "grau", ("gray", "slate")),
        Colour("pink", (242, 138, 178), "rosa", ("rose",)),
        Colour("purple", (118, 58, 160), "lila", ("violet",)),
        Colour("orange", (240, 122, 30), "orange", ("tangerine",)),
        Colour("brown", (112, 68, 40), "braun", ("chocolate",)),
        Colour("beige", (222, 202, 168), "beige", ("sand", "cream")),
        Colour("turquoise", (40, 186, 182), "türkis", ("teal", "aqua")),
    )
}


def mix(first: RGB, second: RGB, share: float) -> RGB:
    """`first` with `share` (0 to 1) of `second`."""
    return (
        round(first[0] + (second[0] - first[0]) * share),
        round(first[1] + (second[1] - first[1]) * share),
        round(first[2] + (second[2] - first[2]) * share),
    )


def varied(rgb: RGB, hue: float, light: float) -> RGB:
    """The tone moved by `hue` (turns, some hundredths) and `light` (some hundredths)."""
    h, lightness, s = colorsys.rgb_to_hls(*(channel / 255 for channel in rgb))
    r, g, b = colorsys.hls_to_rgb((h + hue) % 1.0, min(max(lightness + light, 0.0), 1.0), s)
    return round(r * 255), round(g * 255), round(b * 255)


def luminance(rgb: RGB) -> float:
    """Perceived lightness, 0 (black) to 1 (white)."""
    return (0.299 * rgb[0] + 0.587 * rgb[1] + 0.114 * rgb[2]) / 255


def distance(first: RGB, second: RGB) -> float:
    """Weighted distance of two tones, about 0 to 1."""
    dr, dg, db = (a - b for a, b in zip(first, second, strict=True))
    return float((0.3 * dr * dr + 0.5 * dg * dg + 0.2 * db * db) ** 0.5 / 255)


def css(rgb: RGB) -> str:
    """The tone as SVG writes it."""
    return f"#{rgb[0]:02x}{rgb[1]:02x}{rgb[2]:02x}"
