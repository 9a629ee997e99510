from __future__ import annotations

import pytest

from product_search import conf
from product_search.errors import ImproperSettings

COMPLETE = {"PRODUCT_MODEL": "catalog.Product", "DOCUMENT": "shop.documents.Document", "ENCODER": "hash:64"}


def hints(**changes):
    return [str(problem) for problem in conf.problems({**COMPLETE, **changes})]


def test_the_settings_are_read_at_call_time(settings):
    settings.PRODUCT_SEARCH = {**COMPLETE, "LEG_SIZE": 50}
    assert conf.settings().leg_size == 50
    settings.PRODUCT_SEARCH = {**COMPLETE, "LEG_SIZE": 70}
    assert conf.settings().leg_size == 70
    assert conf.settings().enabled is True


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"PRECISION": "bfloat16"},
        {"PRECISION": "bfloat16", "RUNTIME": "openvino"},
        {"DEVICE": "cuda:1", "PRECISION": "float16"},
        {"PRECISION": "float16", "RUNTIME": "openvino"},
        {"RUNTIME": "onnx", "INT8": True},
    ],
)
def test_complete_settings_have_no_problem(changes):
    assert hints(**changes) == []


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"ENCODR": "x"}, "Did you mean ENCODER?"),
        ({"LEG_SIZE": "many"}, "expected int"),
        ({"LEG_SIZE": True}, "expected int"),
        ({"LEG_SIZE": 0}, "Set it to 1 or more"),
        ({"LEG_SIZE": 2000}, "Set it to 1000 or less"),
        ({"EF_SEARCH": 5}, "Set it to 10 or more"),
        ({"EF_SEARCH": 1001}, "Set it to 1000 or less"),
        ({"RELEVANCE_FLOOR": 1.5}, "between 0 and 1"),
        ({"QUEUE": 3}, "expected str or NoneType"),
        ({"PRODUCT_MODEL": "Product"}, "app_label.Model"),
        ({"DOCUMENT": "Document"}, "package.module.ClassName"),
        ({"ENABLED": ["unhashable"]}, "expected bool"),
        ({"RUNTIME": "tensorrt"}, "'torch', 'openvino' or 'onnx'"),
        ({"RUNTIME": ["unhashable"]}, "'torch', 'openvino' or 'onnx'"),
        ({"INT8": True}, "without ONNX Runtime"),
        ({"DEVICE": "tpu"}, 'to "cuda"'),
        ({"DEVICE": "cuda", "RUNTIME": "onnx"}, 'with RUNTIME "torch"'),
        ({"PRECISION": "float8"}, "'bfloat16' or 'float16'"),
        ({"PRECISION": "float16"}, "for GPUs"),
        ({"PRECISION": "bfloat16", "RUNTIME": "onnx"}, "torch and OpenVINO"),
        ({"PICTURE_NETWORKS": "10.1.2.0/24, intranet"}, "10.1.2.0/24"),
    ],
)
def test_each_mistake_is_named_with_its_fix(changes, says):
    (message,) = hints(**changes)
    assert says in message
    assert next(iter(changes)) in message


def test_whole_numbers_serve_where_a_share_is_asked():
    assert hints(VECTOR_WEIGHT=1) == []


def test_a_missing_key_is_named_with_its_meaning():
    (problem,) = conf.problems({"PRODUCT_MODEL": "a.B", "DOCUMENT": "a.b"})
    assert "ENCODER" in problem.what
    assert "local-dir:" in problem.hint


@pytest.mark.parametrize("raw", [None, "catalog.Product", []])
def test_settings_that_are_no_dict_say_so(settings, raw):
    settings.PRODUCT_SEARCH = raw
    with pytest.raises(ImproperSettings, match="expected a dict"):
        conf.settings()


def test_an_unhashable_value_is_named(settings):
    settings.PRODUCT_SEARCH = {**COMPLETE, "LEG_SIZE": []}
    with pytest.raises(ImproperSettings, match="LEG_SIZE"):
        conf.settings()
