from __future__ import annotations

import io

import pytest
from django.core.management import CommandError, call_command

from product_search import encoders


def run(*arguments):
    out, err = io.StringIO(), io.StringIO()
    call_command("encoder", *arguments, stdout=out, stderr=err)
    return out.getvalue()


def test_info_tells_what_the_model_is_and_costs(encoder_setting, model_folders):
    encoder_setting(f"local-dir:{model_folders['vit']}")
    told = dict(line.split(":", 1) for line in run("info").splitlines())
    assert told["digest"].strip() == encoders.get_encoder().info.digest
    assert told["dimensions"].strip() == "24"
    assert told["picture side"].strip() == "32 px"
    assert told["context"].strip() == "16 tokens"
    assert float(told["one query"].split()[0]) > 0
    assert float(told["one picture"].split()[0]) > 0
    assert {"parameters", "memory", "languages", "loading"} <= told.keys()


def test_info_of_an_encoder_without_weights(encoder_setting):
    encoder_setting("hash:16")
    assert "16" in run("info")


def test_a_name_on_the_command_line_wins(encoder_setting):
    encoder_setting("hash:16")
    assert "hash:32" in run("info", "hash:32")


def test_fetch_proves_the_model_by_loading_it(encoder_setting, model_folders):
    encoder_setting("hash:16")
    assert "is here and loads (24 dimensions)" in run("fetch", f"local-dir:{model_folders['resnet']}")


def test_an_error_is_one_sentence_and_no_traceback(encoder_setting):
    encoder_setting("local-dir:/nowhere")
    with pytest.raises(CommandError, match="there is no folder /nowhere"):
        run("info")
