"""Mugs, bowls, plates, vases, bottles, kettles, teapots and candles: turned bodies seen slightly from above."""

from __future__ import annotations

from ..parts import Form, Part, gleam, seam
from ..paths import Point, box, ellipse, line, outline, vessel


def mug(shape: str, form: Form) -> list[Part]:
    """A cup with a handle: straight, tapered, rounded or tall."""
    half, top, foot = form(38, 44), form(58, 66), form(146, 152)
    profile: list[Point]
    if shape == "straight":
        profile = [(half, top, 0), (half, foot - 6, 0.6), (half - 3, foot)]
    elif shape == "tapered":
        profile = [(half + 4, top, 0), (half - 8, foot - 4, 0.4), (half - 10, foot)]
    elif shape == "rounded":
        profile = [(half - 2, top, 0.4), (half + 6, top + 44), (half - 4, foot - 10), (half - 14, foot)]
    else:
        half, top = half - 7, top - 18
        profile = [(half, top, 0), (half, foot - 8, 0.6), (half - 5, foot)]
    rim = profile[0][0]
    left = 92.0
    side = left + half - 3
    reach, low = form(26, 34), top + form(54, 64)
    squarish = form.flag(0.3)
    bend = 0.35 if squarish else 1.0
    handle = outline(
        [
            (side, top + 14),
            (side + reach, top + 20, bend),
            (side + reach, low - 8, bend),
            (side - 2, low + 4),
        ],
        closed=False,
    )
    body = vessel(profile, centre=left)
    parts = [
        Part(handle, "main", "none", form(8, 11), dressed=False),
        Part(body, shade="cylinder", sag=34),
        Part(ellipse(left, top, rim, rim * 0.2), "pale", "none", dressed=False),
        Part(ellipse(left, top + 0.8, rim - 3, rim * 0.2 - 1.6), "deep", "hollow", dressed=False, edge=False),
    ]
    if form.flag(0.4):
        parts.append(Part(ellipse(left, top + 3.2, rim - 7, rim * 0.2 - 4), "#4a2a18", "none", edge=False))
    return parts


def bowl(shape: str, form: Form) -> list[Part]:
    """An open bowl: deep, wide or footed."""
    half = form(62, 70)
    top = form(84, 92)
    depth = {"deep": form(58, 66), "wide": form(36, 44), "footed": form(46, 52)}[shape]
    foot = top + depth
    profile: list[Point] = [(half, top, 0.2), (half * 0.9, top + depth * 0.5), (half * 0.4, foot, 0.3)]
    parts = []
    if shape == "footed":
        ring: list[Point] = [(half * 0.3, foot - 4, 0), (half * 0.42, foot + 12, 0)]
        parts.append(Part(vessel(ring), "deep", "cylinder", dressed=False))
    ry = half * form(0.24, 0.32)
    parts += [
        Part(vessel(profile, tilt=0.2), shade="cylinder", sag=44),
        Part(ellipse(100, top, half, ry), "pale", "none", dressed=False),
        Part(ellipse(100, top + 1, half - 3.5, ry - 2.5), "deep", "hollow", dressed=False, edge=False),
        Part(
            ellipse(100, top + ry * 0.35, half * 0.7, ry * 0.5),
            "main",
            "none",
            opacity=0.45,
            edge=False,
            dressed=False,
        ),
    ]
    return parts


def plate(shape: str, form: Form) -> list[Part]:
    """A plate from above: round, square or oval."""
    half = form(70, 78)
    tall = half * (form(0.66, 0.76) if shape == "oval" else 1.0)
    inner = form(0.6, 0.7)
    if shape == "square":
        corner = form(10, 22)
        rim = box(100 - half * 0.92, 100 - half * 0.92, half * 1.84, half * 1.84, corner)
        well = box(100 - half * inner, 100 - half * inner, 2 * half * inner, 2 * half * inner, corner * 0.8)
        gap = half * inner - 3
        flat = box(100 - gap, 100 - gap, 2 * gap, 2 * gap, corner * 0.7)
    else:
        rim = ellipse(100, 100, half, tall)
        well = ellipse(100, 100, half * inner, tall * inner)
        flat = ellipse(100, 101, half * inner - 3, tall * inner - 3)
    return [
        Part(rim, shade="side"),
        Part(well, "deep", "none", opacity=0.4, dressed=False, edge=False),
        Part(flat, shade="dish", edge=False),
        seam(well, 0.8, 0.3),
        gleam(rim, 1.4, 0.35),
    ]


def vase(shape: str, form: Form) -> list[Part]:
    """A vase: bellied, slender, bottle-necked or flared; often with stems in it."""
    profiles: dict[str, list[Point]] = {
        "bellied": [
            (form(16, 20), 50, 0.3),
            (form(13, 16), 66),
            (form(42, 48), 112),
            (form(22, 26), 168, 0.3),
        ],
        "slender": [
            (form(20, 24), 34, 0.2),
            (form(15, 18), 80),
            (form(25, 29), 140),
            (form(18, 22), 172, 0.3),
        ],
        "necked": [
            (form(13, 16), 36, 0.2),
            (8, 70, 0.7),
            (form(40, 46), 124),
            (form(34, 38), 160),
            (24, 170, 0.3),
        ],
        "flared": [
            (form(38, 44), 44, 0.2),
            (form(19, 23), 96),
            (form(26, 30), 150),
            (form(22, 26), 170, 0.3),
        ],
    }
    profile = profiles[shape]
    mouth, top = profile[0][0], profile[0][1]
    return [
        Part(vessel(profile), shade="cylinder", sag=40),
        Part(ellipse(100, top, mouth, mouth * 0.24), "pale", "none", dressed=False),
        Part(
            ellipse(100, top + 0.6, mouth - 2.4, mouth * 0.24 - 1),
            "deep",
            "hollow",
            dressed=False,
            edge=False,
        ),
    ]


def bottle(shape: str, form: Form) -> list[Part]:
    """A drinking bottle: classic, sports or flask."""
    half = form(24, 29)
    cap = "#d9dade" if form.flag(0.5) else "#2e3036"
    if shape == "classic":
        profile: list[Point] = [(10, 48, 0), (11, 62, 0.8), (half, 88), (half, 168, 0.5), (half - 4, 174)]
        lid = [Part(box(88, 28, 24, 22, 4), cap, "cylinder")]
    elif shape == "sports":
        profile = [
            (half - 4, 56, 0.2),
            (half, 76),
            (half - 5, 108),
            (half, 140),
            (half, 168, 0.5),
            (half - 4, 174),
        ]
        lid = [
            Part(box(94, 24, 12, 16, 4), "#5b5f66", "cylinder"),
            Part(box(100 - half + 3, 38, 2 * half - 6, 20, 7), cap, "cylinder"),
        ]
    else:
        profile = [(half, 54, 0.1), (half + 2, 70, 0.5), (half + 2, 166, 0.5), (half - 2, 174)]
        loop = outline([(88, 36), (86, 20), (114, 20), (112, 36)], closed=False)
        lid = [
            Part(loop, cap, "none", 5),
            Part(box(100 - half + 1, 34, 2 * half - 2, 22, 5), cap, "cylinder"),
        ]
    parts = [Part(vessel(profile, tilt=0.18), shade="cylinder", sag=30), *lid]
    if form.flag(0.35):
        parts.append(
            Part(
                box(100 - half, 128, 2 * half, 26), "pale", "cylinder", dressed=False, edge=False, opacity=0.7
            )
        )
    return parts


def kettle(shape: str, form: Form) -> list[Part]:
    """A kettle: a stove kettle with an arched handle, or an electric one with a handle behind."""
    dark = "#2b2c30"
    if shape == "stove":
        half = form(52, 58)
        profile: list[Point] = [
            (20, 86, 0.2),
            (half * 0.8, 102),
            (half, 140),
            (half - 3, 158, 0.4),
            (half - 8, 162),
        ]
        handle = outline([(58, 104), (62, 56), (138, 56), (142, 104)], closed=False)
        spout = outline([(52, 126), (36, 104), (24, 92, 0), (38, 88, 0), (50, 98), (66, 108)])
        return [
            Part(handle, dark, "none", 7),
            Part(spout, "main", "cylinder", dressed=False),
            Part(vessel(profile), shade="cylinder", sag=34),
            Part(ellipse(100, 86, 24, 7), "pale", "top", dressed=False),
            Part(ellipse(100, 78, 6, 6), dark, "ball"),
        ]
    half = form(36, 42)
    profile = [(half - 12, 52, 0.3), (half - 4, 90), (half + 4, 150, 0.5), (half + 4, 160)]
    handle = outline([(124, 58), (158, 62), (160, 128), (138, 142)], closed=False)
    return [
        Part(handle, dark, "none", 10),
        Part(outline([(74, 62, 0), (54, 52, 0.2), (56, 60), (68, 86, 0)]), "main", "side", dressed=False),
        Part(vessel(profile), shade="cylinder", sag=28),
        Part(ellipse(100, 52, half - 12, 6), dark, "top"),
        Part(ellipse(100, 46, 5, 4.5), dark, "ball"),
        Part(box(100 - half - 6, 160, 2 * half + 12, 10, 4), dark, "cylinder"),
    ]


def teapot(shape: str, form: Form) -> list[Part]:
    """A teapot: round or squat, with spout, handle and knob."""
    half, top, foot = (form(44, 50), 78, 156) if shape == "round" else (form(54, 60), 96, 154)
    middle = (top + foot) / 2
    profile: list[Point] = [(half * 0.5, top, 0.4), (half, middle), (half * 0.55, foot, 0.3)]
    handle = outline(
        [
            (100 + half * 0.84, middle - 18),
            (100 + half + 24, middle - 22),
            (100 + half + 20, middle + 16),
            (100 + half * 0.86, middle + 20),
        ],
        closed=False,
    )
    spout = outline(
        [
            (100 - half * 0.8, middle + 22),
            (100 - half - 12, middle - 4),
            (100 - half - 26, top - 2, 0),
            (100 - half - 14, top - 6, 0),
            (100 - half + 2, middle - 16),
            (100 - half * 0.7, middle - 16),
        ]
    )
    return [
        Part(handle, "main", "none", 8, dressed=False),
        Part(spout, "main", "cylinder", dressed=False),
        Part(vessel(profile), shade="cylinder", sag=36),
        Part(vessel([(6, top - 13, 0.6), (half * 0.56, top, 0.3)]), "main", "cylinder", dressed=False),
        Part(ellipse(100, top - 17, 6, 6), "main", "ball", dressed=False),
    ]


def candle(shape: str, form: Form) -> list[Part]:
    """A candle: a pillar, a tall taper on a holder, or one in a glass."""
    flame = [
        Part(outline([(100, 0), (106, 14), (100, 24), (94, 14)]), "#ffb530", "none", edge=False),
        Part(outline([(100, 8), (103, 16), (100, 23), (97, 16)]), "#ffe98a", "none", edge=False),
    ]
    if shape == "taper":
        top, half = form(52, 60), form(8, 10)
        parts = [
            Part(
                vessel([(half + 5, 150, 0), (half + 3, 160, 0.6), (30, 170, 0.4), (30, 174)]),
                "#b98d3e",
                "cylinder",
            ),
            Part(vessel([(half, top, 0), (half + 1, 152, 0)]), shade="cylinder", sag=20),
            Part(ellipse(100, top, half, half * 0.3), "pale", "none", dressed=False),
        ]
    elif shape == "pillar":
        top, half = form(78, 98), form(26, 32)
        parts = [
            Part(vessel([(half, top, 0), (half, 168, 0)]), shade="cylinder", sag=30),
            Part(ellipse(100, top, half, half * 0.26), "pale", "top", dressed=False),
        ]
    else:
        top, half = form(92, 104), form(36, 40)
        parts = [
            Part(
                vessel([(half, top - 14, 0), (half, 164, 0.4), (half - 3, 168)]),
                "#dfe8ea",
                "cylinder",
                opacity=0.75,
            ),
            Part(
                vessel([(half - 3, top, 0), (half - 3, 160, 0.4), (half - 6, 163)]), shade="cylinder", sag=30
            ),
            Part(ellipse(100, top, half - 3, half * 0.22), "pale", "top", dressed=False),
            Part(ellipse(100, top - 14, half, half * 0.24), "#fff", "none", 1.6, 0.7, False, edge=False),
        ]
    wick = top - 10
    moved = [Part(_lowered(part.d, wick - 22), part.fill, "none", edge=False) for part in flame]
    return [*parts, seam(line((100, top + 1), (100, wick)), 1.6, 0.8), *moved]


def _lowered(d: str, by: float) -> str:
    """The path `by` units further down."""
    words = d.replace("M", " M ").replace("C", " C ").replace("Z", " Z").split()
    result, horizontal = [], True
    for word in words:
        if word in "MCZ":
            result.append(word)
            continue
        result.append(word if horizontal else f"{float(word) + by:.1f}")
        horizontal = not horizontal
    return " ".join(result)
