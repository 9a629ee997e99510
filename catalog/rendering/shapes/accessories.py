"""Hats, scarves, sunglasses, watches and umbrellas."""

from __future__ import annotations

import math

from ..parts import Form, Part, gleam, seam
from ..paths import box, ellipse, line, outline, polygon


def hat(shape: str, form: Form) -> list[Part]:
    """A hat: brimmed fedora, wide sun hat, knitted beanie or a cap."""
    if shape == "beanie":
        top = form(48, 58)
        cuff = form(24, 30)
        parts = [
            Part(outline([(52, 128, 0.3), (56, 84), (100, top), (144, 84), (148, 128, 0.3)]), shade="ball"),
            Part(box(48, 122, 104, cuff, 9), "main", "cylinder", dressed=False),
            *[seam(line((58 + s * 9.4, 125), (58 + s * 9.4, 120 + cuff)), 1.3, 0.25) for s in range(10)],
        ]
        if form.flag(0.5):
            parts.insert(0, Part(ellipse(100, top - 6, 15), "accent", "ball", dressed=False))
        return parts
    if shape == "cap":
        return [
            Part(
                outline([(60, 124, 0.2), (66, 80), (104, 60), (146, 80), (152, 124, 0.2), (106, 130)]),
                shade="ball",
            ),
            seam(outline([(104, 61), (92, 90), (88, 128)], closed=False), 1, 0.4),
            seam(outline([(106, 61), (126, 88), (130, 127)], closed=False), 1, 0.4),
            Part(
                outline([(66, 118), (40, 128), (18, 142, 0.5), (44, 144), (84, 136), (112, 128), (90, 120)]),
                "deep",
                "top",
                dressed=False,
            ),
            Part(ellipse(104, 60, 4, 3), "deep", "ball", dressed=False),
        ]
    if shape == "fedora":
        half, rise, brim = form(40, 44), form(58, 64), form(70, 76)
        dent = rise + 8
    else:
        half, rise, brim = form(36, 40), form(72, 80), form(84, 90)
        dent = rise
    crown = outline(
        [
            (100 - half, 130, 0.2),
            (100 - half + 5, rise + 20),
            (100 - half * 0.5, rise),
            (100, dent),
            (100 + half * 0.5, rise),
            (100 + half - 5, rise + 20),
            (100 + half, 130, 0.2),
        ]
    )
    band = outline(
        [
            (100 - half, 128, 0),
            (101 - half, 112, 0.1),
            (100, 118),
            (99 + half, 112, 0.1),
            (100 + half, 128, 0),
            (100, 136),
        ]
    )
    return [
        Part(ellipse(100, 130, brim, 20 if shape == "fedora" else 27), shade="side"),
        Part(ellipse(100, 128, half + 6, 10), "deep", "none", opacity=0.35, dressed=False, edge=False),
        Part(crown, shade="cylinder"),
        Part(band, "#2b2320" if form.flag(0.6) else "accent", "cylinder", dressed=False),
    ]


def scarf(shape: str, form: Form) -> list[Part]:
    """A scarf: hanging in a loop, folded, or crossed."""
    if shape == "crossed":
        low = form(152, 160)
        bands = []
        for side in (1, -1):
            ends = [
                Part(
                    line(
                        (100 + side * (28 + k * 5), low + 8 - k * 1.6),
                        (100 + side * (31 + k * 5), low + 20 - k * 1.6),
                    ),
                    "main",
                    "none",
                    2.3,
                    edge=False,
                    dressed=False,
                )
                for k in range(6)
            ]
            band = polygon(
                [
                    (100 + side * 26, low + 10),
                    (100 + side * 56, low),
                    (100 - side * 2, 46),
                    (100 - side * 30, 54),
                ]
            )
            bands += [*ends, Part(band, shade="side")]
        loop = outline(
            [(70, 58, 0.3), (76, 36), (100, 24), (124, 36), (130, 58, 0.3), (112, 62), (100, 46), (88, 62)]
        )
        return [Part(loop, shade="top"), *bands]
    if shape == "folded":
        half = form(38, 44)
        parts = [
            Part(box(100 - half, 36, 2 * half, 104, 5), shade="cloth"),
            Part(box(98 - half, 32, 2 * half + 4, 62, 7), "main", "top"),
            seam(line((100 - half, 94), (100 + half, 94)), 1.6, 0.4),
        ]
        return parts + _fringe(100 - half + 2, 100 + half - 2, 140, form)
    width = form(25, 30)
    left, right = 100 - width - 3, 100 + 3
    foot, other = form(156, 166), form(142, 154)
    return [
        *_fringe(left + 2, left + width - 2, foot, form),
        *_fringe(right + 2, right + width - 2, other, form),
        Part(
            polygon([(left, 70), (left + width, 70), (left + width + 1, foot), (left - 1, foot)]),
            shade="cloth",
        ),
        Part(
            polygon([(right, 70), (right + width, 70), (right + width + 1, other), (right - 1, other)]),
            shade="cloth",
        ),
        Part(
            outline([(60, 62), (76, 32), (100, 26), (124, 32), (140, 62), (122, 88), (100, 94), (78, 88)]),
            shade="ball",
        ),
        Part(outline([(80, 52), (100, 40), (120, 52), (100, 62)]), "deep", "hollow", dressed=False),
        seam(outline([(66, 68), (100, 84), (134, 68)], closed=False), 2, 0.25),
    ]


def _fringe(start: float, end: float, y: float, form: Form) -> list[Part]:
    count = max(int((end - start) / 5.5), 2)
    step = (end - start) / count
    return [
        Part(
            line((start + i * step, y - 2), (start + i * step + form(-1.5, 1.5), y + form(9, 13))),
            "main",
            "none",
            2.3,
            edge=False,
            dressed=False,
        )
        for i in range(count + 1)
    ]


def sunglasses(shape: str, form: Form) -> list[Part]:
    """Sunglasses with a coloured frame: round, square, cat-eye or aviator."""
    tint = form.pick("#26272c", "#3b2f28", "#2c3f4f", "#4a4238")
    frame = form(5.5, 8)
    left, right = 62.0, 138.0
    lenses = []
    for centre, side in ((left, -1), (right, 1)):
        if shape == "round":
            lenses.append(ellipse(centre, 102, 29, 28))
        elif shape == "square":
            lenses.append(box(centre - 31, 80, 62, 44, 8))
        elif shape == "aviator":
            lenses.append(
                outline(
                    [
                        (centre + side * 32, 80, 0.5),
                        (centre + side * 26, 116),
                        (centre, 130),
                        (centre - side * 26, 108),
                        (centre - side * 26, 82, 0.5),
                    ]
                )
            )
        else:
            lenses.append(
                outline(
                    [
                        (centre + side * 40, 72, 0.1),
                        (centre + side * 30, 112),
                        (centre, 124),
                        (centre - side * 28, 108),
                        (centre - side * 27, 88, 0.6),
                        (centre, 82),
                    ]
                )
            )
    parts = [
        Part(
            outline([(32, 92), (16, 80), (10, 66)], closed=False), "main", "none", frame * 0.8, dressed=False
        ),
        Part(
            outline([(168, 92), (184, 80), (190, 66)], closed=False),
            "main",
            "none",
            frame * 0.8,
            dressed=False,
        ),
        Part(
            outline([(88, 96), (100, 88), (112, 96)], closed=False),
            "main",
            "none",
            frame * 0.9,
            dressed=False,
        ),
    ]
    for lens in lenses:
        parts += [
            Part(lens, tint, "top", opacity=0.9),
            Part(lens, "main", "none", frame, dressed=False),
        ]
    for centre in (left, right):
        parts.append(
            gleam(outline([(centre - 16, 108), (centre - 12, 94), (centre - 2, 88)], closed=False), 3, 0.45)
        )
    return parts


def watch(shape: str, form: Form) -> list[Part]:
    """A wrist watch with a coloured strap: round, square, or with small dials."""
    metal = form.pick("#c9a45a", "#c8cbd0", "#46484e", "#d8a58c")
    face = form.pick("#fbfaf6", "#fbfaf6", "#23252b", "#e9e2d2")
    hands = "#f4f4f4" if face == "#23252b" else "#26262a"
    half = form(17, 20)
    parts = [
        Part(
            polygon([(100 - half, 72), (100 + half, 72), (98 + half - 2, 14), (102 - half + 2, 14)]),
            shade="cylinder",
        ),
        Part(
            polygon([(100 - half, 128), (100 + half, 128), (98 + half - 2, 188), (102 - half + 2, 188)]),
            shade="cylinder",
        ),
        Part(box(98 - half, 18, 2 * half + 4, 8, 2), metal, "none", 2.4, edge=False),
        *[Part(ellipse(100, y, 1.6), "#1c1c20", "none", edge=False) for y in (150, 160, 170)],
        Part(box(132, 95, 9, 10, 2), metal, "top"),
    ]
    if shape == "square":
        parts += [Part(box(66, 64, 68, 72, 12), metal, "side"), Part(box(73, 71, 54, 58, 8), face, "side")]
    else:
        parts += [Part(ellipse(100, 100, 36), metal, "side"), Part(ellipse(100, 100, 29), face, "side")]
    for step in range(12):
        angle = step * math.tau / 12
        inner, outer = (21, 25)
        parts.append(
            Part(
                line(
                    (100 + math.sin(angle) * inner, 100 - math.cos(angle) * inner),
                    (100 + math.sin(angle) * outer, 100 - math.cos(angle) * outer),
                ),
                hands,
                "none",
                1.6,
                edge=False,
            )
        )
    if shape == "chronograph":
        parts += [
            Part(ellipse(x, y, 6.5), metal, "none", opacity=0.8)
            for x, y in ((88, 100), (112, 100), (100, 113))
        ]
    hour, minute = form(0, math.tau), form(0, math.tau)
    parts += [
        Part(
            line((100, 100), (100 + math.sin(hour) * 12, 100 - math.cos(hour) * 12)),
            hands,
            "none",
            2.6,
            edge=False,
        ),
        Part(
            line((100, 100), (100 + math.sin(minute) * 19, 100 - math.cos(minute) * 19)),
            hands,
            "none",
            1.8,
            edge=False,
        ),
        Part(ellipse(100, 100, 2.2), "main", "none", edge=False, dressed=False),
        gleam(outline([(80, 92), (88, 80), (100, 76)], closed=False), 2.4, 0.4),
    ]
    return parts


def umbrella(shape: str, form: Form) -> list[Part]:
    """An umbrella: open dome, wide open, or closed."""
    grip = form.pick("#6b4226", "#2b2b2f", "#c49a5e")
    if shape == "closed":
        body = outline(
            [(100, 20, 0), (112, 60), (118, 118), (109, 132, 0), (91, 132, 0), (82, 118), (88, 60)]
        )
        return [
            Part(line((100, 12), (100, 24)), "#888", "none", 3, edge=False),
            Part(outline([(100, 130), (100, 168), (108, 182), (120, 174)], closed=False), grip, "none", 6),
            Part(body, shade="cylinder"),
            *[seam(line((100, 26), (86 + s * 9, 130)), 1.3, 0.3) for s in range(4)],
            Part(box(83, 96, 34, 7, 2), "deep", "none", dressed=False),
        ]
    top = form(34, 42) if shape == "dome" else form(52, 60)
    half = form(66, 72) if shape == "dome" else form(78, 84)
    low = 108.0
    bumps = 4
    width = 2 * half / bumps
    scallops = "".join(
        f"Q{100 + half - (i + 0.5) * width:.1f} {low - 11:.1f} {100 + half - (i + 1) * width:.1f} {low:.1f}"
        for i in range(bumps)
    )
    left, right, shoulder = 100 - half, 100 + half, half * 0.5
    canopy = (
        f"M{left:.1f} {low}C{left:.1f} {top + 14:.1f} {100 - shoulder:.1f} {top:.1f} 100 {top:.1f}"
        f"C{100 + shoulder:.1f} {top:.1f} {right:.1f} {top + 14:.1f} {right:.1f} {low}{scallops}Z"
    )
    ribs = []
    for step in range(1, bumps):
        x = 100 - half + step * width
        ribs.append(
            seam(
                outline(
                    [(100, top), (100 + (x - 100) * 0.8, top + (low - top) * 0.4), (x, low)], closed=False
                ),
                1.3,
                0.35,
            )
        )
    return [
        Part(line((100, top - 10), (100, top + 4)), "#777", "none", 3.4, edge=False),
        Part(outline([(100, 100, 0), (100, 160), (108, 176), (121, 168)], closed=False), grip, "none", 5.5),
        Part(canopy, shade="ball"),
        *ribs,
    ]
