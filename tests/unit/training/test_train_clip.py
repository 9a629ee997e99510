"""The command from end to end on a few squares: folder, card, curve, going on, and what it refuses."""

from __future__ import annotations

import json
import re
from argparse import ArgumentParser
from collections.abc import Callable
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from product_search import encoders
from product_search.training import curve, heldout, options, readings
from product_search.training.card import CARD_FILE
from product_search.training.curve import CURVE_FILE, PLOT_FILE
from product_search.training.examples import is_held_out, is_validation, read_examples

from .conftest import SMALL

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def train(tmp_path: Path, training_csv: Path, labelled_folder: Path) -> Callable[..., str]:
    """`train("--steps", "3")`: the command on both sets with a small model; gives what it printed."""
    config = tmp_path / "small.json"
    config.write_text(json.dumps(SMALL))

    def run(*arguments: str, held_out: str = "0.4", shape: bool = True) -> str:
        out = StringIO()
        given = [
            "--data",
            str(training_csv),
            "--data",
            str(labelled_folder),
            "--output",
            str(tmp_path / "model"),
        ]
        given += ["--batch", "8", "--held-out", held_out, "--validation", "0.2", *arguments]
        given += ["--model-config", str(config)] if shape else []
        call_command("train_clip", *given, verbosity=0, stdout=out)
        return out.getvalue()

    return run


def test_it_trains_measures_and_writes_a_folder_to_serve(train, tmp_path):
    printed = train("--steps", "3", "--word-weight", "2")

    written = sorted(path.name for path in (tmp_path / "model").iterdir())
    assert written == [CARD_FILE, "open_clip_config.json", "open_clip_model.safetensors", "words.txt"]
    assert encoders.load(f"local-dir:{tmp_path / 'model'}").encode_texts(["red square"]).shape == (1, 16)
    card = (tmp_path / "model" / CARD_FILE).read_text(encoding="utf-8")
    assert "| text to picture, recall@1 |" in card
    assert "| zero-shot accuracy |" in card
    assert "--data squares --data photographs --steps 3" in card
    assert " --word-weight 2.0 " in card
    assert str(tmp_path) not in card
    assert (tmp_path / "model.training" / CURVE_FILE).read_text().count("\n") == 4
    assert (tmp_path / "model.training" / PLOT_FILE).exists()
    assert f'"local-dir:{tmp_path / "model"}"' in printed


def test_what_is_said_of_a_shops_own_list_stands_on_the_card(train, tmp_path):
    (tmp_path / "photographs" / "products.csv").rename(tmp_path / "labelled.csv")
    rows = (tmp_path / "labelled.csv").read_text(encoding="utf-8").replace("label", "type")
    (tmp_path / "photographs" / "products.csv").write_text(rows, encoding="utf-8")
    with pytest.raises(CommandError, match="Pants: give COLUMN=VALUE"):
        train("--steps", "1", "--caption", "{type}", "--where", "Pants")
    train("--steps", "1", "--caption", "one {type}", "--where", "type=Pants")
    card = (tmp_path / "model" / CARD_FILE).read_text(encoding="utf-8")
    assert "--caption 'one {type}' --where type=Pants" in card
    assert "| zero-shot accuracy |" not in card
    with pytest.raises(CommandError, match="captions was"):
        train("--steps", "2", "--resume", "--caption", "a {type}", "--where", "type=Pants")


def test_a_run_in_hand_is_neither_overwritten_nor_continued_otherwise(train):
    with pytest.raises(CommandError, match="no checkpoint to go on from"):
        train("--steps", "1", "--resume")
    train("--steps", "1")
    with pytest.raises(CommandError, match="give --resume to go on"):
        train("--steps", "1")
    with pytest.raises(CommandError, match=r"held_out was 0\.4 and is now 0\.1"):
        train("--steps", "1", "--resume", held_out="0.1")
    train("--steps", "2", "--resume")


def test_epochs_are_counted_in_pictures_trained_on(train, tmp_path):
    train("--epochs", "0.5")
    shown = sum(not is_held_out(group, 0.4) and not is_validation(group, 0.2) for group in _groups())
    assert len(curve.read(tmp_path / "model.training")[0]) == round(0.5 * shown / 8)


def _groups() -> list[str]:
    """The group of every picture of both sets."""
    return [f"squares/{n // 2}" for n in range(40)] + [f"photographs/{n // 2}" for n in range(12)]


def test_a_model_begun_from_another_tells_both_histories(train, tmp_path):
    train("--steps", "2")
    first = tmp_path / "first"
    (tmp_path / "model").rename(first)
    begun = {"shape": False}
    with pytest.raises(CommandError, match="checkpoint"):
        train("--steps", "1", "--start-from", str(first), **begun)
    (tmp_path / "model.training").rename(tmp_path / "first.training")
    with pytest.raises(CommandError, match="leave --model-config away"):
        train("--steps", "1", "--start-from", str(first))
    train(
        "--steps", "1", "--rate", "0.0001", "--train", "lora", "--start-from", f"local-dir:{first}", **begun
    )
    card = (tmp_path / "model" / CARD_FILE).read_text(encoding="utf-8")
    assert "--steps 2 --rate 0.0015" in card
    assert "--start-from first --steps 1 --rate 0.0001" in card
    assert "trained: lora" in card
    assert str(tmp_path) not in card
    assert encoders.load(f"local-dir:{tmp_path / 'model'}").encode_texts(["red square"]).shape == (1, 16)
    (first / "open_clip_model.safetensors").write_bytes(
        (tmp_path / "model" / "open_clip_model.safetensors").read_bytes()
    )
    with pytest.raises(CommandError, match=r"begun_from was 'first \(weights \w{12}\)' and is now 'first"):
        train(
            "--steps",
            "2",
            "--rate",
            "0.0001",
            "--train",
            "lora",
            "--start-from",
            f"local-dir:{first}",
            "--resume",
            **begun,
        )
    (first / CARD_FILE).unlink()
    (tmp_path / "model.training").rename(tmp_path / "second.training")
    with pytest.raises(CommandError, match=r"has no MODEL_CARD\.md"):
        train("--steps", "1", "--start-from", str(first), **begun)


def test_readings_on_the_way_are_models_of_their_own_scored_on_a_list_apart(train, tmp_path):
    """Their figures stand in the file, on the card and in what is printed; what is scored must not be learned."""
    scored = tmp_path / "scored"
    scored.mkdir()
    for file in ("0.png", "2.png", "4.png"):
        (scored / file).write_bytes((tmp_path / "squares" / file).read_bytes())
    (scored / "training.csv").write_text(
        'image,group,captions\n0.png,0,"[""red square""]"\n2.png,1,"[""green square""]"\n'
        '4.png,2,"[""blue square""]"\n'
    )
    printed = train("--steps", "4", "--figures-at", "2", "--score-on", str(scored))
    folder = tmp_path / "model.training"
    first, last = readings.read(folder)
    assert (first.spent, last.spent) == (2, 4)
    assert (first.steps, last.steps) == (2, 4)
    assert first.scored.asked == last.scored.asked == 3
    assert f"After 2 steps; of 3 titles recall@1 {first.scored.by_id.recall_1:.3f}" in printed
    for reading in (first, last):
        model = f"local-dir:{readings.folder_of(folder, reading.spent)}"
        assert heldout.titles(encoders.load(model), read_examples(scored)) == reading.scored
    card = (tmp_path / "model" / CARD_FILE).read_text(encoding="utf-8")
    assert "| 2 steps | scored | 3 |" in card
    assert "| 4 steps | chooses |" in card
    (tmp_path / "model.training").rename(tmp_path / "other.training")
    with pytest.raises(CommandError, match="of its products are trained on, such as squares/"):
        train("--steps", "1", "--score-on", str(tmp_path / "squares"))
    with pytest.raises(CommandError, match="--figures-at 0: give minutes or steps"):
        train("--steps", "1", "--figures-at", "0")
    with pytest.raises(CommandError, match="--words-first 1: give a share"):
        train("--steps", "1", "--words-first", "1")
    with pytest.raises(CommandError, match="--words-first teaches pictures"):
        train("--steps", "1", "--words-first", "0.5", "--train", "texts")


def test_bad_data_is_a_command_error(tmp_path):
    with pytest.raises(CommandError, match=r"neither training\.csv nor products\.csv"):
        call_command(
            "train_clip", "--data", str(tmp_path), "--output", str(tmp_path / "model"), "--steps", "1"
        )


def test_every_option_stands_on_the_page_and_no_other():
    page = (ROOT / "docs" / "training.md").read_text(encoding="utf-8")
    table = page[page.index("| option |") : page.index("## From your own shop")]
    parser = ArgumentParser()
    for add in (options.add_data, options.add_run, options.add_plan):
        add(parser)
    known = {action.option_strings[0] for action in parser._actions} - {"-h"}
    assert set(re.findall(r"`(--[\w-]+)`", table)) == known
