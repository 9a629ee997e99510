"""The net that finds lettering on pictures (`images.lettering`): clean pictures are written upon, and it learns where.

Where there is lettering is known for every cell, since it was drawn there; lines, frames, grids and badges without a
letter are drawn, too, on pictures with and without.
"""

from __future__ import annotations

import io
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image, ImageDraw, ImageFilter, ImageFont

from ..images.lettering import CELLS, SIDE

if TYPE_CHECKING:
    import torch

#: Side of the cut that is learned from, and of a cell, in pixels.
CUT, CELL = 128, 8
#: Channels of each layer and how far it steps.
SHAPE = ((3, 24, 2), (24, 40, 2), (40, 48, 1), (48, 56, 2), (56, 56, 1), (56, 56, 1), (56, 1, 1))
#: Share of a cell that a letter's box must cover.
COVERED = 0.3
_LETTERS = "abcdefghijklmnopqrstuvwxyzäöüß"
_WORDS = (
    "SALE",
    "NEU",
    "new",
    "only",
    "nur",
    "Tel.",
    "WhatsApp",
    "call",
    "Preis",
    "price",
    "free shipping",
    "Euro",
    "shop",
)
_ENDS = ("com", "de", "shop", "net", "example")


@dataclass(frozen=True)
class Plan:
    """How long and how it is trained."""

    steps: int = 6_000
    batch: int = 32
    rate: float = 4e-3
    seed: int = 77


@dataclass(frozen=True)
class Drawn:
    """Batches of cuts of `pictures`, each by its number: `(batch, CUT, CUT, 3)` uint8 and their cells' shares."""

    pictures: Sequence[Image.Image]
    fonts: Sequence[str | None]
    plan: Plan

    def __len__(self) -> int:
        return self.plan.steps

    def __getitem__(self, step: int) -> tuple[Any, Any]:
        if step >= self.plan.steps:
            raise IndexError(step)
        rng = random.Random(f"{self.plan.seed}/{step}")
        cuts = [example(rng.choice(self.pictures), self.fonts, rng) for _ in range(self.plan.batch)]
        return np.stack([cut for cut, _ in cuts]), np.stack([share for _, share in cuts])


def said(rng: random.Random) -> str:
    """A line as sellers write them over pictures: a number, a price, an address, a word or two."""
    price = f"{rng.randint(1, 999)}{rng.choice('.,')}{_digits(rng, 2)}"
    end = rng.choice(_ENDS)
    return rng.choice(
        (
            f"+{rng.randint(1, 99)} {_digits(rng, 3)} {_digits(rng, rng.randint(5, 8))}",
            f"0{_digits(rng, 3)}{rng.choice('/- ')}{_digits(rng, rng.randint(5, 8))}",
            f"{rng.choice('€$£')}{price}",
            f"{price} {rng.choice(('€', 'EUR', '$', '£', '-'))}",
            f"{_word(rng)}@{_word(rng)}.{end}",
            f"www.{_word(rng)}.{end}",
            f"{rng.choice(_WORDS)} {price}",
            f"{rng.choice(_WORDS)} {_digits(rng, rng.randint(6, 10))}",
            rng.choice(_WORDS),
            f"{_word(rng)} {_word(rng)}",
            f"-{rng.randint(5, 90)} %",
        )
    )


def _digits(rng: random.Random, count: int) -> str:
    return "".join(rng.choices("0123456789", k=count))


def _word(rng: random.Random) -> str:
    return "".join(rng.choices(_LETTERS, k=rng.randint(3, 9)))


def write_upon(
    image: Image.Image, fonts: Sequence[str | None], rng: random.Random
) -> tuple[Image.Image, Image.Image]:
    """A copy of an RGB picture with one to three lines over it that can be read, and where they are: white on black, of
    the same size. A font of `None` is Pillow's own.
    """
    page = image.convert("RGBA")
    where = Image.new("L", image.size, 0)
    for _ in range(rng.choice((1, 1, 1, 2, 3))):
        line = _line(image, fonts, rng)
        place = Image.new("L", line.size, 0)
        x = rng.randint(0, max(image.width - line.width, 0))
        y = rng.randint(0, max(image.height - line.height, 0))
        beneath = page.crop((x, y, x + line.width, y + line.height)).convert("L")
        ink = _ink(rng, float(np.asarray(beneath).mean()))
        layer = Image.new("RGBA", line.size, (0, 0, 0, 0))
        pen = ImageDraw.Draw(layer)
        if rng.random() < 0.35:  # a badge or a strip beneath
            paper = _ink(rng, _brightness(ink))
            edge = (0, 0, line.width - 1, line.height - 1)
            pen.rounded_rectangle(edge, rng.choice((0, 4, 8)), (*paper, rng.randint(150, 255)))
        if rng.random() < 0.2:  # an outline
            thick = line.filter(ImageFilter.MaxFilter(3))
            layer.paste((*_ink(rng, _brightness(ink)), 255), (0, 0), thick)
        opaque = rng.randint(140, 255) / 255
        layer.alpha_composite(_inked(line, ink, opaque))
        place.paste(255, (3, 3, line.width - 3, line.height - 3))
        if rng.random() < 0.25:
            angle = rng.uniform(-30, 30)
            layer = layer.rotate(angle, expand=True, resample=Image.Resampling.BILINEAR)
            place = place.rotate(angle, expand=True)
        page.alpha_composite(layer.crop((0, 0, image.width - x, image.height - y)), (x, y))
        where.paste(255, (x, y), place)
    return page.convert("RGB"), where


def _line(image: Image.Image, fonts: Sequence[str | None], rng: random.Random) -> Image.Image:
    """A line of letters, white on black, no wider than the picture."""
    height = max(round(min(image.size) * rng.uniform(0.05, 0.16)), 9)
    name = rng.choice(fonts)
    font: Any = ImageFont.load_default(height) if name is None else ImageFont.truetype(name, height)
    text = said(rng)
    left, top, right, bottom = font.getbbox(text)
    line = Image.new("L", (round(right - left) + 12, round(bottom - top) + 12), 0)
    ImageDraw.Draw(line).text((6 - left, 6 - top), text, fill=255, font=font)
    if line.width > image.width:
        narrow = (image.width, max(round(line.height * image.width / line.width), 6))
        line = line.resize(narrow, Image.Resampling.BILINEAR)
    return line


def _inked(line: Image.Image, ink: tuple[int, int, int], opaque: float) -> Image.Image:
    layer = Image.new("RGBA", line.size, (*ink, 0))
    layer.putalpha(line.point(lambda level: round(level * opaque)))
    return layer


def clutter(image: Image.Image, rng: random.Random) -> Image.Image:
    """A copy with lines, frames, grids or dots over it: thin strokes that are no letters."""
    page = image.copy()
    pen = ImageDraw.Draw(page)
    width, height = page.size
    ink = _ink(rng)
    kind = rng.randrange(6)
    if kind == 0:
        for _ in range(rng.randint(1, 6)):
            pen.line((*_place(rng, page), *_place(rng, page)), fill=ink, width=rng.randint(1, 5))
    elif kind == 1:
        inset = rng.randint(1, 12)
        pen.rectangle((inset, inset, width - inset, height - inset), outline=ink, width=rng.randint(1, 6))
    elif kind == 2:
        x, y, step = rng.randint(0, width // 2), rng.randint(0, height // 2), rng.randint(3, 14)
        for each in range(0, width // 3, step):
            pen.line((x + each, y, x + each, y + height // 3), fill=ink, width=rng.randint(1, 3))
            if rng.random() < 0.9 and kind % 2 == 0:
                pen.line((x, y + each, x + width // 3, y + each), fill=ink)
    elif kind == 3:
        for _ in range(rng.randint(3, 40)):
            x, y = _place(rng, page)
            size = rng.randint(1, 6)
            pen.ellipse((x, y, x + size, y + size), fill=ink)
    elif kind == 4:
        x, y = _place(rng, page)
        size = rng.randint(10, 60)
        shape = rng.choice((pen.ellipse, pen.rectangle))
        shape((x, y, x + size, y + size), fill=ink)
    else:
        x, y = rng.randint(0, width // 2), rng.randint(0, height)
        points = [(x + 5 * each, y + rng.randint(-6, 6)) for each in range(rng.randint(5, 25))]
        pen.line(points, fill=ink, width=rng.randint(1, 3))
    return page


def _place(rng: random.Random, page: Image.Image) -> tuple[int, int]:
    return rng.randint(0, page.width), rng.randint(0, page.height)


def _ink(rng: random.Random, beneath: float | None = None) -> tuple[int, int, int]:
    """A colour, mostly black, white or strong, that can be read on one of the brightness `beneath`."""
    for _ in range(20):
        other = (rng.randint(0, 255), rng.randint(0, 255), rng.randint(0, 255))
        found = rng.choice(((0, 0, 0), (255, 255, 255), (220, 20, 20), (250, 220, 0), other))
        if beneath is None or abs(_brightness(found) - beneath) > 90:
            return found
    return (255, 255, 255) if beneath is not None and beneath < 128 else (0, 0, 0)


def _brightness(ink: tuple[int, int, int]) -> float:
    return 0.299 * ink[0] + 0.587 * ink[1] + 0.114 * ink[2]


def example(picture: Image.Image, fonts: Sequence[str | None], rng: random.Random) -> tuple[Any, Any]:
    """A cut `(CUT, CUT, 3)` uint8 of a picture, written upon half the time, and its cells `(rows, columns)`."""
    shown = picture.transpose(Image.Transpose.FLIP_LEFT_RIGHT) if rng.random() < 0.5 else picture
    side = round(SIDE * rng.choice((1.0, 1.0, rng.uniform(0.8, 2.0))))
    scale = side / min(shown.size)
    shown = shown.resize(
        (max(round(shown.width * scale), CUT), max(round(shown.height * scale), CUT)),
        Image.Resampling.BICUBIC,
    )
    if rng.random() < 0.3:
        shown = clutter(shown, rng)
    where = Image.new("L", shown.size, 0)
    if rng.random() < 0.55:
        shown, where = write_upon(shown, fonts, rng)
    scale = SIDE / side
    size = (max(round(shown.width * scale), CUT), max(round(shown.height * scale), CUT))
    shown, where = shown.resize(size, Image.Resampling.BILINEAR), where.resize(size)
    if rng.random() < 0.5:
        kept = io.BytesIO()
        shown.save(kept, "JPEG", quality=rng.randint(40, 95))
        shown = Image.open(kept).convert("RGB")
    left, top = rng.randint(0, shown.width - CUT), rng.randint(0, shown.height - CUT)
    if (box := where.getbbox()) and rng.random() < 0.7:  # where there is something to see
        left = min(max(rng.randint(box[0] - CUT // 2, box[2] - CUT // 2), 0), shown.width - CUT)
        top = min(max(rng.randint(box[1] - CUT // 2, box[3] - CUT // 2), 0), shown.height - CUT)
    cut = (left, top, left + CUT, top + CUT)
    count = CUT // CELL
    covered = np.asarray(where.crop(cut), dtype=np.float32) / 255
    return np.asarray(shown.crop(cut)), covered.reshape(count, CELL, count, CELL).mean(axis=(1, 3))


def train(
    pictures: Sequence[Image.Image],
    fonts: Sequence[str | None],
    output: Path,
    plan: Plan = Plan(),
    *,
    processes: int = 0,
    progress: Callable[[int, float], None] = lambda step, loss: None,
) -> torch.nn.Sequential:
    """Train on `pictures` (RGB, clean) and write weights and calibration to `output`, as `images.lettering` reads them;
    the net, which takes `(n, 3, rows, columns)` in -1..1.

    The calibration is learned from a tenth of the pictures, which the net never saw. `processes` draw beside this one;
    what they draw is the same, however many there are.
    """
    import torch
    from torch import nn
    from torch.utils.data import DataLoader

    torch.manual_seed(plan.seed)
    kept, seen = pictures[::10], [each for at, each in enumerate(pictures) if at % 10]
    layers: list[nn.Module] = []
    for at, (inputs, outputs, stride) in enumerate(SHAPE):
        layers.append(nn.Conv2d(inputs, outputs, 3, stride, 1))
        if at < len(SHAPE) - 1:
            layers.append(nn.ReLU())
    net = nn.Sequential(*layers)
    optimizer = torch.optim.AdamW(net.parameters(), plan.rate, weight_decay=1e-4)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, plan.rate, plan.steps, pct_start=0.1)
    loss_of = nn.BCEWithLogitsLoss(reduction="none")
    batches: Any = DataLoader(Drawn(seen, fonts, plan), batch_size=None, num_workers=processes)  # type: ignore[arg-type]
    for step, (cuts, share) in enumerate(batches):
        pixels = cuts.permute(0, 3, 1, 2).float() / 127.5 - 1
        # A cell that a letter's box covers a little is neither.
        counts = ((share == 0) | (share >= COVERED)).float()
        losses = loss_of(net(pixels)[:, 0], (share >= COVERED).float()) * counts
        loss = losses.sum() / counts.sum()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
        progress(step, loss.item())
    write(net, output, (0.0, 1.0))
    strongest, truth = _scores(net, kept, fonts, random.Random(plan.seed + 1))
    write(net, output, _calibrated(strongest, truth))
    return net


def write(net: torch.nn.Module, output: Path, calibration: tuple[float, float]) -> None:
    """Weights as float16, in the order in which numpy multiplies them."""
    arrays: dict[str, Any] = {"calibration": np.array(calibration)}
    convolutions: list[Any] = [layer for layer in net.children() if hasattr(layer, "stride")]
    for at, layer in enumerate(convolutions):
        weights: Any = layer.weight.detach().numpy()
        bias: Any = layer.bias.detach().numpy()
        arrays[f"weights{at}"] = (
            weights.transpose(2, 3, 1, 0).reshape(-1, weights.shape[0]).astype(np.float16)
        )
        arrays[f"bias{at}"] = bias.astype(np.float16)
        arrays[f"stride{at}"] = np.array(SHAPE[at][2])
    np.savez_compressed(output, layers=np.array(len(convolutions)), **arrays)


def _scores(
    net: torch.nn.Module, pictures: Sequence[Image.Image], fonts: Sequence[str | None], rng: random.Random
) -> tuple[Any, Any]:
    """Of each picture, as it is and written upon: the mean logit of its strongest cells, and which of the two it is."""
    import torch

    from ..images.lettering import pixels_of

    found, truth = [], []
    for picture in pictures:
        for written in (False, True):
            shown = write_upon(picture, fonts, rng)[0] if written else picture
            pixels = torch.from_numpy(pixels_of(shown)).permute(2, 0, 1)[None]
            with torch.no_grad():
                cells = net(pixels).numpy()
            found.append(float(np.sort(cells, axis=None)[-CELLS:].mean()))
            truth.append(written)
    return np.array(found), np.array(truth)


def _calibrated(strongest: Any, truth: Any) -> tuple[float, float]:
    """Middle and scale of a logistic curve (Platt, 1999), with ten clean pictures for one that is written upon: of a
    shop's pictures few are.
    """
    weights = np.where(truth, 0.1, 1.0)
    best = (float("inf"), 0.0, 1.0)
    for middle in np.linspace(np.quantile(strongest, 0.05), np.quantile(strongest, 0.95), 120):
        for scale in np.geomspace(0.05, 5.0, 40):
            logits = (strongest - middle) / scale
            surprise = float((weights * (np.logaddexp(0, logits) - truth * logits)).sum())
            best = min(best, (surprise, float(middle), float(scale)))
    return best[1], best[2]
