"""Cushions, clocks, books, guitars, balls and rugs."""

from __future__ import annotations

import math

from ..parts import Form, Part, seam
from ..paths import box, ellipse, line, outline, polygon


def cushion(shape: str, form: Form) -> list[Part]:
    """A cushion: square, round or oblong bolster."""
    if shape == "round":
        radius = form(62, 68)
        return [
            Part(ellipse(100, 102, radius, radius * 0.94), shade="ball"),
            *[
                seam(
                    line(
                        (100, 102),
                        (
                            100 + math.cos(a * math.tau / 10) * radius * 0.7,
                            102 + math.sin(a * math.tau / 10) * radius * 0.66,
                        ),
                    ),
                    1.8,
                    0.14,
                )
                for a in range(10)
            ],
            Part(ellipse(100, 102, 5), "deep", "ball", dressed=False),
        ]
    half, tall = (form(58, 64), form(54, 60)) if shape == "square" else (form(74, 80), form(36, 42))
    pinch = form(7, 11)
    body = outline(
        [
            (100 - half, 100 - tall, 0.2),
            (100, 100 - tall + pinch),
            (100 + half, 100 - tall, 0.2),
            (100 + half - pinch, 100),
            (100 + half, 100 + tall, 0.2),
            (100, 100 + tall - pinch),
            (100 - half, 100 + tall, 0.2),
            (100 - half + pinch, 100),
        ]
    )
    parts = [Part(body, shade="ball")]
    if form.flag(0.35):
        parts.append(Part(body, "accent", "none", 2.4, dressed=False, edge=False))
    if form.flag(0.3):
        parts = [
            Part(ellipse(100 + x * half, 100 + y * tall, 6.5), "accent", "ball", dressed=False)
            for x in (-1, 1)
            for y in (-1, 1)
        ] + parts
    for x in (-1, 1):
        for y in (-1, 1):
            parts.append(
                seam(
                    line(
                        (100 + x * (half - 5), 100 + y * (tall - 5)),
                        (100 + x * (half - 26), 100 + y * (tall - 22)),
                    ),
                    2.4,
                    0.13,
                )
            )
    return parts


def clock(shape: str, form: Form) -> list[Part]:
    """A clock with a coloured frame: round wall clock, square, or alarm clock with bells."""
    face = "#fbfaf5" if form.flag(0.8) else "#2a2b30"
    ink = "#26262a" if face == "#fbfaf5" else "#f4f3ee"
    radius, cy = (form(48, 54), 106.0) if shape == "alarm" else (form(64, 70), 100.0)
    rim = form(8, 14)
    parts: list[Part] = []
    if shape == "alarm":
        parts += [
            Part(line((70, 146), (58, 172)), "deep", "none", 7, dressed=False),
            Part(line((130, 146), (142, 172)), "deep", "none", 7, dressed=False),
            Part(line((86, 34), (114, 34)), "#8b8e94", "none", 4),
            Part(line((100, 34), (100, 56)), "#8b8e94", "none", 4),
            Part(outline([(46, 66), (50, 40), (76, 36), (88, 52)]), "main", "ball", dressed=False),
            Part(outline([(154, 66), (150, 40), (124, 36), (112, 52)]), "main", "ball", dressed=False),
        ]
    if shape == "square":
        half = radius * 0.94
        parts += [
            Part(box(100 - half, 100 - half, 2 * half, 2 * half, 12), shade="side"),
            Part(box(100 - half + rim, 100 - half + rim, 2 * (half - rim), 2 * (half - rim), 6), face, "top"),
        ]
    else:
        parts += [
            Part(ellipse(100, cy, radius), shade="side"),
            Part(ellipse(100, cy, radius - rim), face, "top"),
        ]
    inner = radius - rim
    for step in range(12):
        angle = step * math.tau / 12
        start = inner * (0.74 if step % 3 == 0 else 0.83)
        parts.append(
            Part(
                line(
                    (100 + math.sin(angle) * start, cy - math.cos(angle) * start),
                    (100 + math.sin(angle) * inner * 0.91, cy - math.cos(angle) * inner * 0.91),
                ),
                ink,
                "none",
                3.4 if step % 3 == 0 else 2,
                edge=False,
            )
        )
    hour, minute = form(0, math.tau), form(0, math.tau)
    parts += [
        Part(
            line((100, cy), (100 + math.sin(hour) * inner * 0.48, cy - math.cos(hour) * inner * 0.48)),
            ink,
            "none",
            4.4,
            edge=False,
        ),
        Part(
            line((100, cy), (100 + math.sin(minute) * inner * 0.74, cy - math.cos(minute) * inner * 0.74)),
            ink,
            "none",
            3,
            edge=False,
        ),
        Part(ellipse(100, cy, 4), "main", "none", dressed=False, edge=False),
    ]
    return parts


def book(shape: str, form: Form) -> list[Part]:
    """A closed book standing at an angle, lying notebook with an elastic, or a stack of books."""
    if shape == "stack":
        parts = []
        y = 160.0
        for _ in range(3):
            thick, half, slip = form(20, 27), form(52, 62), form(-7, 7)
            y -= thick
            parts += [
                Part(box(100 - half + slip + 3, y + 3, 2 * half - 4, thick - 6), "#f3ead6", "top"),
                *[
                    seam(
                        line((104 - half + slip, y + 6 + s * 4), (100 + half + slip, y + 6 + s * 4)),
                        0.6,
                        0.25,
                    )
                    for s in range(int((thick - 8) / 4))
                ],
                Part(box(100 - half + slip, y, 2 * half, 4.5, 1.5), "main", "side"),
                Part(box(100 - half + slip, y + thick - 4.5, 2 * half, 4.5, 1.5), "main", "side"),
                Part(
                    outline(
                        [
                            (100 - half + slip, y, 0),
                            (96 - half + slip, y + thick / 2),
                            (100 - half + slip, y + thick, 0),
                            (110 - half + slip, y + thick, 0),
                            (110 - half + slip, y, 0),
                        ]
                    ),
                    "main",
                    "top",
                ),
            ]
        parts.append(
            Part(
                polygon([(100 - 50, y), (100 + 52, y), (100 + 40, y - 20), (100 - 36, y - 20)]),
                "main",
                "side",
            )
        )
        return parts
    half, top, foot = form(44, 50), form(32, 40), form(162, 170)
    if shape == "notebook":
        return [
            Part(box(104 - half, top + 3, 2 * half, foot - top, 5), "#f1e9d8", "none"),
            Part(box(100 - half, top, 2 * half, foot - top, 6), shade="side"),
            Part(
                box(100 - half, top, 9, foot - top, 3), "deep", "none", dressed=False, opacity=0.6, edge=False
            ),
            Part(box(100 + half - 16, top - 1, 5, foot - top + 2), "deep", "none", dressed=False),
            Part(line((116, foot), (117, foot + 13)), "accent", "none", 3, edge=False),
        ]
    label = form.flag(0.7)
    parts = [
        Part(
            polygon(
                [
                    (100 + half - 4, top + 4),
                    (112 + half, top + 12),
                    (112 + half, foot - 8),
                    (100 + half - 4, foot),
                ]
            ),
            "#f3ead6",
            "side",
        ),
        *[
            seam(
                line((100 + half + s * 3, top + 7 + s * 2), (100 + half + s * 3, foot - 3 - s * 2)), 0.6, 0.3
            )
            for s in range(4)
        ],
        Part(box(100 - half, top, 2 * half, foot - top, 2), shade="side"),
        Part(box(100 - half, top, 10, foot - top, 2), "deep", "cylinder", dressed=False),
    ]
    if label:
        parts += [
            Part(box(112 - half + 6, top + 24, 2 * half - 30, 36, 2), "#f7f1e3", "none"),
            seam(line((126 - half, top + 36), (100 + half - 20, top + 36)), 3, 0.6),
            seam(line((132 - half, top + 48), (100 + half - 26, top + 48)), 1.8, 0.45),
            seam(line((122 - half, foot - 16), (90 + half, foot - 16)), 1.6, 0.4),
        ]
    return parts


def guitar(shape: str, form: Form) -> list[Part]:
    """A guitar: acoustic, electric or a small ukulele."""
    wood = "#6a4426"
    low = 124.0 if shape != "ukulele" else 118.0
    neck_top = 28.0 if shape != "ukulele" else 48.0
    if shape == "electric":
        body = outline(
            [
                (76, 92),
                (58, 78, 0.6),
                (66, 108),
                (54, 138),
                (72, 168),
                (100, 176),
                (130, 168),
                (146, 138),
                (134, 108),
                (140, 84, 0.6),
                (122, 94),
                (100, 104),
            ]
        )
    else:
        upper, lower = (form(30, 34), form(44, 48)) if shape == "acoustic" else (form(23, 26), form(33, 36))
        body = outline(
            [
                (100, low - 44 + 16),
                (100 + upper * 0.8, low - 26),
                (100 + upper, low - 10),
                (100 + upper * 0.78, low + 8),
                (100 + lower, low + 30),
                (100 + lower * 0.6, low + 52),
                (100, low + 56),
                (100 - lower * 0.6, low + 52),
                (100 - lower, low + 30),
                (100 - upper * 0.78, low + 8),
                (100 - upper, low - 10),
                (100 - upper * 0.8, low - 26),
            ]
        )
    bridge = low + 34
    parts = [
        Part(body, shade="side"),
        Part(body, "deep", "none", 2.2, dressed=False, edge=False),
    ]
    if shape == "electric":
        parts += [
            Part(outline([(92, 100), (128, 106), (132, 140), (112, 162), (94, 150)]), "#f4f1ea", "none"),
            Part(box(90, 118, 20, 7, 2), "#27272b", "top"),
            Part(box(90, 136, 20, 7, 2), "#27272b", "top"),
            Part(ellipse(126, 146, 4), "#27272b", "ball"),
            Part(ellipse(120, 158, 4), "#27272b", "ball"),
        ]
    else:
        parts += [
            Part(ellipse(100, low + 4, 13.5), "#1d1410", "none"),
            Part(ellipse(100, low + 4, 16), "#d9b77c", "none", 2, edge=False),
        ]
    parts += [
        Part(box(95, neck_top, 10, low - neck_top - 4), wood, "cylinder"),
        *[
            Part(
                line((95, neck_top + 6 + s * 9), (105, neck_top + 6 + s * 9)),
                "#d9d3c2",
                "none",
                0.8,
                edge=False,
            )
            for s in range(int((low - neck_top - 20) / 9))
        ],
        Part(
            outline(
                [
                    (94, neck_top, 0),
                    (91, neck_top - 10),
                    (92, neck_top - 24, 0.4),
                    (108, neck_top - 24, 0.4),
                    (109, neck_top - 10),
                    (106, neck_top, 0),
                ]
            ),
            "deep" if shape == "electric" else wood,
            "side",
            dressed=False,
        ),
        *[
            Part(ellipse(x, neck_top - 20 + s * 8, 2.2), "#d5d7db", "none")
            for x in (88, 112)
            for s in range(3 if shape != "ukulele" else 2)
        ],
        Part(box(88, bridge, 24, 6, 2), "#2c2019", "none"),
        *[
            Part(
                line((97 + s * 2, neck_top), (97 + s * 2, bridge + 2)),
                "#f3f0e8",
                "none",
                0.6,
                0.8,
                False,
                edge=False,
            )
            for s in range(4)
        ],
    ]
    return parts


def rug(shape: str, form: Form) -> list[Part]:
    """A rug from above: rectangular with fringes, round, or a runner."""
    if shape == "round":
        radius = form(70, 78)
        return [
            Part(ellipse(100, 100, radius), shade="side"),
            Part(ellipse(100, 100, radius - 6), "accent", "none", 2.4, dressed=False, edge=False),
            Part(ellipse(100, 100, radius - 1), "deep", "none", 2, dressed=False, edge=False),
        ]
    half, tall = (form(54, 60), form(72, 78)) if shape == "rectangular" else (form(30, 34), form(80, 86))
    fringe = []
    count = int(half * 2 / 5)
    for end, way in ((100 - tall, -1), (100 + tall, 1)):
        for step in range(count + 1):
            x = 100 - half + 2 * half * step / count
            fringe.append(
                Part(line((x, end), (x + form(-1, 1), end + way * 8)), "#efe6d3", "none", 1.8, edge=False)
            )
    return [
        *fringe,
        Part(box(100 - half, 100 - tall, 2 * half, 2 * tall), shade="side"),
        Part(
            box(100 - half + 6, 100 - tall + 6, 2 * half - 12, 2 * tall - 12),
            "accent",
            "none",
            2.6,
            dressed=False,
            edge=False,
        ),
        Part(
            box(100 - half + 1.5, 100 - tall + 1.5, 2 * half - 3, 2 * tall - 3),
            "deep",
            "none",
            2.4,
            dressed=False,
            edge=False,
        ),
    ]
