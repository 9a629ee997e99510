"""Chairs, tables, sofas, lamps and shelves, standing."""

from __future__ import annotations

from ..parts import Form, Part
from ..paths import Point, box, ellipse, line, outline, polygon, vessel

_WOODS = ("#b98a57", "#8a5a34", "#d8b98c", "#3a2a22")
_STEELS = ("#3a3c41", "#9a9da3", "#c9a75a")


def chair(shape: str, form: Form) -> list[Part]:
    """A chair: dining (open back), shell on thin legs, armchair, or a bar stool."""
    leg = form.pick(*_WOODS, *_STEELS)
    if shape == "stool":
        seat = form(74, 82)
        return [
            Part(line((82, seat), (70, 178)), leg, "none", 5),
            Part(line((118, seat), (130, 178)), leg, "none", 5),
            Part(line((75, 142), (125, 142)), leg, "none", 4),
            Part(line((92, seat + 4), (88, 170)), leg, "none", 4),
            Part(line((108, seat + 4), (112, 170)), leg, "none", 4),
            Part(
                vessel([(36, seat - 7, 0), (36, seat + 5, 0.5), (32, seat + 8)], tilt=0.2),
                shade="cylinder",
                dressed=False,
            ),
            Part(ellipse(100, seat - 7, 36, 10), shade="side"),
        ]
    if shape == "armchair":
        half = form(52, 58)
        return [
            Part(line((64, 160), (60, 178)), leg, "none", 6),
            Part(line((136, 160), (140, 178)), leg, "none", 6),
            Part(
                outline([(62, 130), (60, 52), (78, 36, 0.8), (122, 36, 0.8), (140, 52), (138, 130)]),
                shade="side",
            ),
            Part(box(100 - half + 12, 108, 2 * half - 24, 28, 9), "main", "top"),
            Part(box(100 - half, 90, 24, 74, 11), shade="side"),
            Part(box(76 + half, 90, 24, 74, 11), shade="side"),
            Part(box(100 - half + 14, 134, 2 * half - 28, 28, 3), "main", "top"),
        ]
    if shape == "shell":
        return [
            Part(line((80, 122), (64, 178)), leg, "none", 4.5),
            Part(line((120, 122), (136, 178)), leg, "none", 4.5),
            Part(line((90, 122), (86, 166)), leg, "none", 4),
            Part(line((110, 122), (114, 166)), leg, "none", 4),
            Part(
                outline([(60, 112), (64, 54), (84, 30), (116, 30), (136, 54), (140, 112), (100, 122)]),
                shade="ball",
            ),
            Part(
                outline([(58, 108), (100, 94), (142, 108), (138, 126), (100, 134), (62, 126)]), "main", "top"
            ),
        ]
    top = form(24, 32)
    parts = [
        Part(line((70, top + 4), (66, 112)), "main", "none", 6.5, dressed=False),
        Part(line((130, top + 4), (134, 112)), "main", "none", 6.5, dressed=False),
        Part(line((74, 112), (76, 160)), "deep", "none", 5, dressed=False),
        Part(line((126, 112), (124, 160)), "deep", "none", 5, dressed=False),
    ]
    if form.flag(0.5):
        parts += [
            Part(box(68, top + step, 64, 12, 4), "main", "top", dressed=step == 0) for step in (0, 24, 48)
        ]
    else:
        parts += [
            Part(line((82 + s * 12, top + 8), (82 + s * 12, 104)), "main", "none", 4.5, dressed=False)
            for s in range(4)
        ]
        parts.append(Part(box(66, top - 2, 68, 14, 6), "main", "top"))
    parts += [
        Part(line((62, 118), (58, 178)), "main", "none", 7, dressed=False),
        Part(line((138, 118), (142, 178)), "main", "none", 7, dressed=False),
        Part(polygon([(66, 104), (134, 104), (146, 120), (54, 120)]), "main", "side"),
        Part(box(54, 119, 92, 9, 2), "deep", "top", dressed=False),
    ]
    return parts


def table(shape: str, form: Form) -> list[Part]:
    """A table: round on a pedestal, square on four legs, or a low coffee table."""
    if shape == "round":
        top, half = form(70, 80), form(66, 74)
        return [
            Part(vessel([(7, top, 0), (6, 140), (9, 162, 0.5)]), "deep", "cylinder", dressed=False),
            Part(vessel([(10, 158, 0.3), (36, 170, 0.4), (36, 174)]), "deep", "cylinder", dressed=False),
            Part(vessel([(half, top, 0), (half, top + 5, 0)], tilt=0.27), "deep", "cylinder", dressed=False),
            Part(ellipse(100, top, half, half * 0.27), shade="side"),
        ]
    top = form(112, 120) if shape == "low" else form(66, 76)
    depth, half = form(20, 28), form(66, 72)
    foot = 172.0
    slant = form(0, 6)
    return [
        Part(line((46, top), (46 - slant, foot - 16)), "deep", "none", 5.5, dressed=False),
        Part(line((154, top), (154 + slant, foot - 16)), "deep", "none", 5.5, dressed=False),
        Part(
            polygon(
                [
                    (100 - half + 14, top - depth),
                    (100 + half - 14, top - depth),
                    (108 + half, top),
                    (92 - half, top),
                ]
            ),
            shade="side",
        ),
        Part(box(92 - half, top, 2 * half + 16, 9, 1), "main", "top", dressed=False),
        Part(line((100 - half, top + 11), (98 - half - slant, foot)), "main", "none", 7.5, dressed=False),
        Part(line((100 + half, top + 11), (102 + half + slant, foot)), "main", "none", 7.5, dressed=False),
    ]


def sofa(shape: str, form: Form) -> list[Part]:
    """A sofa: two-seater, three-seater or a chesterfield with rolled arms."""
    half, top = form(78, 86), form(66, 76)
    leg = form.pick(*_WOODS)
    seats = 3 if shape == "three-seater" else 2
    low = 150.0
    parts = [
        Part(line((x, low), (x + d, 168)), leg, "none", 6)
        for x, d in ((100 - half + 12, -3), (100 + half - 12, 3))
    ]
    if shape == "chesterfield":
        parts += [
            Part(box(100 - half + 8, top, 2 * half - 16, 70, 16), shade="side"),
            *[
                Part(ellipse(x, y, 1.8), "deep", "none", edge=False, dressed=False)
                for y in (top + 16, top + 32)
                for x in range(46, 160, 18)
            ],
            Part(box(100 - half + 16, 112, 2 * half - 32, 18, 5), "main", "top"),
            Part(box(100 - half + 12, 128, 2 * half - 24, 24, 3), "main", "top"),
            Part(box(98 - half, 92, 26, 60, 6), "main", "side"),
            Part(box(76 + half, 92, 26, 60, 6), "main", "side"),
            Part(ellipse(110 - half, 94, 16), "main", "ball"),
            Part(ellipse(90 + half, 94, 16), "main", "ball"),
        ]
        return parts
    width = (2 * half - 32) / seats
    parts.append(Part(box(100 - half + 6, top - 4, 2 * half - 12, 80, 12), "deep", "top", dressed=False))
    for seat in range(seats):
        parts.append(Part(box(116 - half + seat * width, top, width, 50, 8), shade="side"))
    for seat in range(seats):
        parts.append(Part(box(116 - half + seat * width, 110, width, 22, 6), "main", "top"))
    parts += [
        Part(box(100 - half + 10, 130, 2 * half - 20, 22, 3), "main", "top"),
        Part(box(98 - half, 92, 22, 60, 9), shade="side"),
        Part(box(80 + half, 92, 22, 60, 9), shade="side"),
    ]
    return parts


def lamp(shape: str, form: Form) -> list[Part]:
    """A lamp with a coloured shade: table, floor, desk or pendant."""
    base = form.pick(*_WOODS, *_STEELS)
    if shape == "pendant":
        half, top, foot = form(50, 58), form(88, 98), form(146, 154)
        return [
            Part(line((100, -90), (100, top)), "#2c2c30", "none", 2.2, edge=False),
            Part(box(94, top - 12, 12, 14, 3), base, "cylinder"),
            Part(
                vessel([(10, top, 0.4), (half * 0.7, top + 18), (half, foot, 0)], tilt=0.14),
                shade="cylinder",
                sag=30,
            ),
            Part(ellipse(100, foot, half, half * 0.16), "#fff1c2", "top"),
        ]
    if shape == "desk":
        return [
            Part(vessel([(30, 160, 0.3), (30, 168, 0.2)], centre=118), "main", "cylinder", dressed=False),
            Part(line((118, 160), (140, 100), (86, 56)), base, "none", 5),
            Part(ellipse(140, 100, 5), base, "ball"),
            Part(outline([(94, 42, 0.4), (104, 60, 0.4), (84, 100, 0), (36, 80, 0)]), shade="side"),
            Part(outline([(84, 100, 0.2), (56, 96), (36, 80, 0.2), (62, 86)]), "#fff1c2", "none"),
        ]
    if shape == "floor":
        top, low, narrow, wide = 22.0, form(66, 74), form(20, 26), form(36, 42)
        stand = [
            Part(line((100, low), (100, 176)), base, "none", 4.5),
            Part(vessel([(26, 174, 0.3), (27, 180, 0.2)]), base, "cylinder"),
        ]
        if form.flag(0.4):
            stand = [Part(line((100, low), (x, 182)), base, "none", 4.5) for x in (64, 136, 104)]
    else:
        top, low, narrow, wide = 34.0, form(92, 102), form(24, 34), form(46, 54)
        bellied: list[Point] = [
            (6, low, 0.2),
            (8, low + 14),
            (form(22, 28), 142),
            (14, 168, 0.3),
            (20, 174, 0.2),
        ]
        slim: list[Point] = [(4, low, 0), (5, 160, 0.5), (30, 168, 0.4), (30, 174)]
        stand = [Part(vessel(bellied if form.flag() else slim), base, "cylinder")]
    shade = vessel([(narrow, top, 0), (wide, low, 0)], tilt=0.15)
    return [
        *stand,
        Part(shade, shade="cylinder", sag=34),
        Part(ellipse(100, top, narrow, narrow * 0.16), "#fff4cf", "none"),
    ]


def shelf(shape: str, form: Form) -> list[Part]:
    """A bookcase: upright with books, or a ladder shelf."""
    half = form(44, 52)
    boards = 4
    top, foot = 24.0, 176.0
    parts = (
        [Part(box(100 - half, top, 2 * half, foot - top), "deep", "hollow", dressed=False)]
        if shape == "bookcase"
        else []
    )
    gap = (foot - top - 10) / boards
    books = ("#b5443c", "#3d6a8f", "#d9a441", "#5b7d56", "#efe6d2", "#6b4c7a")
    for board in range(boards):
        y = top + 8 + board * gap
        x = 100 - half + 10 + form(0, 10)
        while x < 100 + half - 22 and form.flag(0.86):
            width, height = form(5, 9), gap * form(0.5, 0.74)
            parts.append(
                Part(box(x, y + gap - 4 - height, width, height, 0.6), form.pick(*books), "cylinder")
            )
            x += width + 0.4
    for board in range(boards + 1):
        parts.append(Part(box(100 - half, top + board * gap, 2 * half, 8, 1), "main", "top"))
    parts += [
        Part(box(100 - half - 4, top - 2, 8, foot - top + 2, 1), "main", "side"),
        Part(box(96 + half, top - 2, 8, foot - top + 2, 1), "main", "side"),
    ]
    return parts
