"""Shoes from the side, toe to the left."""

from __future__ import annotations

from ..parts import Form, Part, gleam, seam
from ..paths import box, ellipse, line, outline, polygon


def sneaker(shape: str, form: Form) -> list[Part]:
    """A sneaker: low, high-top or a thick-soled runner."""
    thick = form(15, 18) if shape == "runner" else form(10, 13)
    ground = 146.0
    sole = ground - thick
    top = form(62, 70) if shape == "high-top" else form(92, 100)
    upper = outline(
        [
            (22, sole, 0),
            (24, sole - 20),
            (52, sole - 32),
            (84, top + 26 if shape != "high-top" else 96),
            (102, top + 2, 0.4),
            (112, top - 3, 0.8),
            (128, top + (6 if shape != "high-top" else 1)),
            (152, top - 5, 0.5),
            (160, top + 8, 0.8),
            (163, sole - 20),
            (166, sole, 0),
        ]
    )
    sole_form = outline(
        [
            (16, sole - 2, 0.2),
            (170, sole - 2, 0.2),
            (174, sole + 6),
            (168, ground, 0.4),
            (30, ground, 0.4),
            (15, sole + 6),
        ]
    )
    white = "#f5f4f0" if form.flag(0.75) else "#2d2d31"
    parts = [
        Part(upper, shade="top"),
        Part(
            outline([(22, sole, 0), (24, sole - 20), (46, sole - 30), (58, sole - 16), (56, sole, 0)]),
            white if shape == "high-top" else "deep",
            "top",
            dressed=False,
        ),
        Part(
            outline([(150, top + 12, 0), (164, top + 10, 0), (166, sole, 0), (146, sole, 0)]),
            "deep",
            "top",
            dressed=False,
        ),
        Part(sole_form, white, "top"),
        seam(line((20, sole + thick * 0.5), (170, sole + thick * 0.5)), 0.9, 0.25),
        Part(
            polygon([(100, top + 2), (112, top + 1), (76, sole - 22), (66, sole - 28)]),
            "deep",
            "none",
            dressed=False,
        ),
    ]
    laces = 6 if shape == "high-top" else 4
    for step in range(laces):
        share = (step + 0.5) / laces
        x, y = 71 + (105 - 71) * share, sole - 26 + (top + 3 - sole + 26) * share
        parts.append(Part(line((x - 7, y - 2), (x + 11, y + 5)), "#f6f5f2", "none", 2.4, edge=False))
    mark = form.pick("stripe", "wave", "none")
    if mark == "stripe":
        parts += [
            Part(
                line((104 + s * 10, sole - 3), (118 + s * 9, sole - 24)),
                "accent",
                "none",
                4,
                edge=False,
                dressed=False,
            )
            for s in range(3)
        ]
    elif mark == "wave":
        parts.append(
            Part(
                outline([(92, sole - 6), (116, sole - 8), (146, sole - 26)], closed=False),
                "accent",
                "none",
                5,
                edge=False,
                dressed=False,
            )
        )
    return parts


def boot(shape: str, form: Form) -> list[Part]:
    """A boot: ankle-high, knee-high or a laced work boot."""
    ground = 166.0
    top = {"ankle": form(82, 92), "knee": form(26, 36), "work": form(62, 72)}[shape]
    heel = form(8, 16) if shape != "work" else 9.0
    sole = ground - 7
    shaft = form(25, 29)
    back = 150.0
    front = back - 2 * shaft
    leg = outline(
        [
            (front, top, 0),
            (back, top - 3, 0),
            (back + 1, 110),
            (back + 4, sole - heel, 0),
            (118, sole - 1, 0.3),
            (32, sole, 0.3),
            (28, sole - 14),
            (52, sole - 32),
            (front - 4, sole - 46),
            (front - 1, 96),
        ]
    )
    parts = [
        Part(leg, shade="cylinder"),
        Part(
            outline(
                [
                    (28, sole - 1, 0),
                    (114, sole - 1, 0),
                    (back + 5, sole - heel, 0),
                    (back + 5, ground, 0),
                    (128, ground, 0),
                    (124, sole + 6, 0.4),
                    (32, sole + 6, 0.4),
                ]
            ),
            "#2b211b",
            "top",
        ),
        seam(outline([(58, sole - 30), (74, sole - 18), (78, sole - 2)], closed=False), 1.1, 0.35),
        Part(ellipse((front + back) / 2, top - 1, shaft, 5), "deep", "hollow", dressed=False),
    ]
    if shape == "work":
        for step in range(6):
            y = top + 12 + step * 11
            x = front + 2 if step < 4 else front - 4 - (step - 4) * 6
            parts.append(Part(line((x - 2, y), (x + 13, y + 3)), "#e6c66a", "none", 2.4, edge=False))
        parts.append(Part(box(back - 10, top - 12, 8, 16, 3), "deep", "none", 2.2, dressed=False))
    elif shape == "ankle":
        parts.append(
            Part(
                polygon([(106, top + 12), (128, top + 12), (122, sole - 38), (110, sole - 38)]),
                "deep",
                "none",
                dressed=False,
            )
        )
    else:
        parts.append(seam(line((back - 9, top + 4), (back - 7, sole - 20)), 1.2, 0.4))
        if form.flag():
            parts += [
                Part(box(front + 1, top + 16, 2 * shaft - 2, 6, 2), "deep", "none", dressed=False),
                Part(box(front + 10, top + 14, 10, 10, 2), "#d6b25c", "none", 2, edge=False),
            ]
    return parts


def pump(shape: str, form: Form) -> list[Part]:
    """A lady's shoe: high stiletto heel, block heel or flat ballerina."""
    lift = {"stiletto": form(48, 56), "block": form(34, 40), "flat": 5.0}[shape]
    ground = 148.0
    heel_y = ground - lift
    upper = outline(
        [
            (22, ground - 4, 0.2),
            (28, ground - 20),
            (56, ground - 26 - lift * 0.06),
            (92, heel_y + lift * 0.42 - 14, 0.8),
            (130, heel_y - 6, 0.8),
            (158, heel_y - 32, 0.3),
            (168, heel_y - 22),
            (166, heel_y + 4, 0.3),
            (130, heel_y + lift * 0.3 + 2),
            (84, ground - 5),
            (50, ground, 0.4),
        ]
    )
    inside = outline(
        [
            (52, ground - 23),
            (92, heel_y + lift * 0.42 - 15),
            (130, heel_y - 7),
            (157, heel_y - 30, 0.2),
            (150, heel_y - 36),
            (110, heel_y - 14 + lift * 0.2),
        ]
    )
    parts = []
    if shape == "stiletto":
        parts.append(
            Part(
                outline(
                    [
                        (142, heel_y - 2, 0),
                        (168, heel_y - 4, 0),
                        (160, ground - 16),
                        (160, ground, 0),
                        (154, ground, 0),
                        (154, ground - 18),
                    ]
                ),
                "deep",
                "cylinder",
                dressed=False,
            )
        )
    elif shape == "block":
        parts.append(
            Part(
                polygon([(136, heel_y + 2), (168, heel_y - 4), (165, ground), (139, ground)]),
                "deep",
                "cylinder",
                dressed=False,
            )
        )
    else:
        parts.append(Part(box(138, heel_y - 2, 30, 9, 2), "#3a2b22", "none"))
    parts += [
        Part(inside, "#e3c9a8", "hollow"),
        Part(upper, shade="top"),
        gleam(outline([(34, ground - 16), (50, ground - 21), (66, ground - 22)], closed=False), 2.4, 0.35),
    ]
    if form.flag(0.4):
        parts += [
            Part(ellipse(50, ground - 24, 6, 5), "deep", "ball", dressed=False),
            Part(
                polygon([(50, ground - 24), (36, ground - 34), (38, ground - 20)]),
                "deep",
                "none",
                dressed=False,
            ),
            Part(
                polygon([(50, ground - 24), (66, ground - 34), (62, ground - 20)]),
                "deep",
                "none",
                dressed=False,
            ),
        ]
    return parts
