"""Backpacks, handbags and suitcases, seen from the front."""

from __future__ import annotations

from ..parts import Form, Part, gleam, seam
from ..paths import box, ellipse, line, outline, polygon

_METAL = "#cfb266"


def backpack(shape: str, form: Form) -> list[Part]:
    """A backpack: school (rounded), roll-top or hiking with a lid."""
    half, foot = form(46, 53), 168.0
    strap = [
        Part(outline([(62, 66), (44, 96), (50, 150)], closed=False), "deep", "none", 9, dressed=False),
        Part(outline([(138, 66), (156, 96), (150, 150)], closed=False), "deep", "none", 9, dressed=False),
    ]
    loop = Part(
        outline([(88, 40), (90, 24), (110, 24), (112, 40)], closed=False), "deep", "none", 4.5, dressed=False
    )
    left = 100 - half
    if shape == "roll-top":
        return [
            *strap,
            loop,
            Part(box(left, 62, 2 * half, foot - 62, 12), shade="cylinder"),
            Part(box(left + 5, 38, 2 * half - 10, 30, 6), "main", "top", dressed=False),
            seam(line((left + 6, 52), (100 + half - 6, 52)), 1.4, 0.4),
            Part(box(96, 36, 8, 62), "deep", "none", dressed=False),
            Part(box(93, 80, 14, 12, 3), _METAL, "top"),
            Part(box(left + 12, 112, 2 * half - 24, 42, 7), "main", "top"),
        ]
    body = outline(
        [
            (left, 88),
            (left + 8, 48),
            (100, 34),
            (100 + half - 8, 48),
            (100 + half, 88),
            (100 + half + 1, 150),
            (100 + half - 6, foot, 0.7),
            (left + 6, foot, 0.7),
            (left - 1, 150),
        ]
    )
    parts = [*strap, loop, Part(body, shade="cylinder")]
    if shape == "hiking":
        parts += [
            Part(
                outline(
                    [
                        (left - 3, 76, 0.3),
                        (left + 6, 38),
                        (100, 28),
                        (100 + half - 6, 38),
                        (100 + half + 3, 76, 0.3),
                        (100, 84),
                    ]
                ),
                "main",
                "top",
                dressed=False,
            ),
            Part(line((80, 78), (80, 118)), "deep", "none", 5, edge=False, dressed=False),
            Part(line((120, 78), (120, 118)), "deep", "none", 5, edge=False, dressed=False),
            Part(box(75, 98, 10, 10, 2), _METAL, "none"),
            Part(box(115, 98, 10, 10, 2), _METAL, "none"),
            Part(
                outline([(left - 8, 116), (left + 4, 112, 0), (left + 4, 158, 0), (left - 6, 156)]),
                "deep",
                "side",
                dressed=False,
            ),
            Part(
                outline([(108 + half, 116), (96 + half, 112, 0), (96 + half, 158, 0), (106 + half, 156)]),
                "deep",
                "side",
                dressed=False,
            ),
        ]
    else:
        parts.append(
            seam(
                outline(
                    [
                        (left + 6, 100),
                        (left + 14, 62),
                        (100, 48),
                        (100 + half - 14, 62),
                        (100 + half - 6, 100),
                    ],
                    closed=False,
                ),
                2,
                0.4,
            )
        )
    parts += [
        Part(box(left + 10, 112, 2 * half - 20, 46, 10), "main", "top"),
        Part(line((left + 15, 122), (100 + half - 15, 122)), "deep", "none", 2.4, edge=False, dressed=False),
        Part(line((118, 122), (118, 132)), _METAL, "none", 2.4, edge=False),
    ]
    return parts


def handbag(shape: str, form: Form) -> list[Part]:
    """A handbag: tote, satchel with a flap, or round crossbody."""
    if shape == "tote":
        wide, narrow, top = form(60, 66), form(48, 54), form(80, 88)
        arc = form(26, 36)
        return [
            Part(
                outline([(76, top + 4), (80, arc + 4), (120, arc + 4), (124, top + 4)], closed=False),
                "deep",
                "none",
                5,
                dressed=False,
            ),
            Part(
                polygon([(100 - wide, top), (100 + wide, top), (100 + narrow, 168), (100 - narrow, 168)]),
                shade="side",
            ),
            Part(
                outline([(70, top + 14), (76, arc), (124, arc), (130, top + 14)], closed=False),
                "deep",
                "none",
                5.5,
                dressed=False,
            ),
            Part(
                polygon([(100 - wide, top), (100 + wide, top), (99 + wide, top + 6), (101 - wide, top + 6)]),
                "deep",
                "none",
                dressed=False,
            ),
        ]
    if shape == "satchel":
        half, top = form(58, 66), form(78, 86)
        return [
            Part(
                outline([(66, top + 6), (72, 40), (128, 40), (134, top + 6)], closed=False),
                "deep",
                "none",
                7,
                dressed=False,
            ),
            Part(box(100 - half, top, 2 * half, 164 - top, 14), shade="side"),
            Part(
                outline(
                    [
                        (100 - half, top + 8, 0.5),
                        (100 - half + 8, top - 2, 0.5),
                        (100 + half - 8, top - 2, 0.5),
                        (100 + half, top + 8, 0.5),
                        (100 + half - 4, 122),
                        (100, 134),
                        (100 - half + 4, 122),
                    ]
                ),
                "main",
                "top",
            ),
            Part(box(92, 122, 16, 16, 4), _METAL, "top"),
            seam(
                outline(
                    [
                        (100 - half + 5, top + 30),
                        (100 - half + 10, 118),
                        (100, 129),
                        (100 + half - 10, 118),
                        (100 + half - 5, top + 30),
                    ],
                    closed=False,
                ),
                0.9,
                0.4,
                "2.5 2",
            ),
        ]
    radius = form(46, 51)
    return [
        Part(
            outline([(100 - radius + 4, 96), (86, 14), (114, 14), (100 + radius - 4, 96)], closed=False),
            "deep",
            "none",
            3.6,
            dressed=False,
        ),
        Part(ellipse(100, 120, radius), shade="ball"),
        seam(ellipse(100, 120, radius - 5), 1, 0.4, "2.5 2"),
        Part(
            outline([(100 - radius + 3, 104), (100, 132), (100 + radius - 3, 104)], closed=False),
            "deep",
            "none",
            2,
            edge=False,
            dressed=False,
        ),
        Part(box(94, 118, 12, 16, 4), _METAL, "top"),
    ]


def suitcase(shape: str, form: Form) -> list[Part]:
    """A suitcase: a trolley with ribs, or an old-style case with straps."""
    if shape == "trolley":
        half, top = form(40, 46), form(62, 70)
        parts = [
            Part(line((84, top), (84, 24), (116, 24), (116, top)), "#85898f", "none", 5),
            Part(box(80, 19, 40, 10, 4), "#2c2d31", "top"),
            Part(ellipse(100 - half + 10, 174, 6.5), "#26272a", "ball"),
            Part(ellipse(100 + half - 10, 174, 6.5), "#26272a", "ball"),
            Part(box(100 - half, top, 2 * half, 170 - top, 12), shade="cylinder"),
        ]
        for step in range(1, 6):
            x = 100 - half + 2 * half * step / 6
            parts += [
                seam(line((x, top + 8), (x, 162)), 2, 0.3),
                gleam(line((x + 2, top + 8), (x + 2, 162)), 1.2, 0.25),
            ]
        return [*parts, Part(box(92, top + 8, 16, 9, 3), "#d5d7db", "top")]
    half, top = form(66, 74), form(78, 86)
    return [
        Part(
            outline([(82, top + 4), (84, top - 18), (116, top - 18), (118, top + 4)], closed=False),
            "#3c2a1e",
            "none",
            7,
        ),
        Part(box(100 - half, top, 2 * half, 162 - top, 8), shade="side"),
        seam(line((100 - half, top + 22), (100 + half, top + 22)), 1.4, 0.5),
        Part(box(100 - half * 0.62, top, 11, 162 - top), "#5b3a22", "none"),
        Part(box(100 + half * 0.62 - 11, top, 11, 162 - top), "#5b3a22", "none"),
        Part(box(100 - half * 0.62 - 1, top + 24, 13, 11, 2), _METAL, "top"),
        Part(box(100 + half * 0.62 - 12, top + 24, 13, 11, 2), _METAL, "top"),
        *[
            Part(box(x, y, 14, 14, 5), "#5b3a22", "none")
            for x in (99 - half, 87 + half)
            for y in (top - 1, 149)
        ],
    ]
