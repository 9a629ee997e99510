"""Figures in the docs are the reports' figures, and every report is as large as it was asked to be."""

from __future__ import annotations

import json

import pytest

from tests.acceptance import reports
from tests.acceptance.reports import Report, ReportError

REPORT = Report(
    name="speed",
    commit="0" * 40,
    machine={"cores": 2},
    sizes={"products": 100},
    seeds={"catalogue": 7},
    result={"ms": {"p50": 12.345}, "right": 0.9},
)


def test_every_report_is_there_and_as_large_as_asked():
    for name, wanted in reports.asked_of_all().items():
        report = reports.read_report(name)
        assert report.name == name
        assert reports.too_small(name, report.sizes, wanted) == []


def test_every_report_that_a_text_mentions_is_measured_here():
    known = reports.asked_of_all()
    for path in reports.documents():
        assert reports.mentioned(path.read_text(encoding="utf-8")) <= known.keys(), path


def test_every_written_report_is_still_asked_for():
    assert {path.stem for path in reports.REPORTS.glob("*.json")} == set(reports.asked_of_all())


def test_the_texts_show_the_reports_figures():
    for path in reports.documents():
        text = path.read_text(encoding="utf-8")
        assert text == reports.filled(text), f"{path} shows old figures: make figures"


def test_every_measurement_asked_for_has_a_test_that_takes_it():
    marked = "".join(path.read_text(encoding="utf-8") for path in (reports.ROOT / "tests").rglob("test_*.py"))
    for name in reports.asked_of_all():
        assert f'acceptance_size(name="{name}")' in marked, name


def test_a_figure_is_filled_in_with_its_format():
    text = (
        "p50 <!-- report:speed.ms.p50|.1f --><!-- /report --> ms of "
        "<!-- report:speed.sizes.products -->9<!-- /report -->"
    )
    assert reports.filled(text, lambda name: REPORT) == (
        "p50 <!-- report:speed.ms.p50|.1f -->12.3<!-- /report --> ms of "
        "<!-- report:speed.sizes.products -->100<!-- /report -->"
    )


def test_a_percentage_replaces_an_older_one():
    text = "<!-- report:speed.right|.0% -->12%<!-- /report -->"
    assert "-->90%<!--" in reports.filled(text, lambda name: REPORT)


def test_a_figure_that_is_not_in_the_report_says_which():
    with pytest.raises(ReportError, match=r"no figure 'ms.p99': 'p99'"):
        reports.figure(REPORT, "ms.p99")


def test_a_smaller_or_missing_size_is_named():
    assert reports.too_small("speed", {"products": 99}, {"products": 100, "types": 20}) == [
        "report speed: products is 99, asked for 100",
        "report speed: types is missing, asked for 20",
    ]


def test_a_small_run_is_never_written(tmp_path, monkeypatch):
    monkeypatch.setattr(reports, "REPORTS", tmp_path)
    monkeypatch.setattr(reports, "asked_of_all", lambda: {"speed": {"products": 100}})
    with pytest.raises(ReportError, match="products is 10, asked for 100"):
        reports.write_report("speed", sizes={"products": 10}, seeds={}, result={})
    assert list(tmp_path.iterdir()) == []


def test_a_written_report_reads_back_and_names_its_commit_and_machine(tmp_path, monkeypatch):
    monkeypatch.setattr(reports, "REPORTS", tmp_path)
    monkeypatch.setattr(reports, "asked_of_all", lambda: {"speed": {"products": 100}})
    path = reports.write_report("speed", sizes={"products": 100}, seeds={"catalogue": 7}, result={"ms": 1.5})
    written = json.loads(path.read_text(encoding="utf-8"))
    assert list(written) == ["name", "commit", "machine", "sizes", "seeds", "result"]
    report = reports.read_report("speed", tmp_path)
    assert report.result == {"ms": 1.5}
    assert len(report.commit.removesuffix("+changes")) == 40
    assert report.machine["cores"] >= 1


def test_a_missing_report_names_the_command_that_writes_it(tmp_path):
    with pytest.raises(ReportError, match="make acceptance ONLY=speed"):
        reports.read_report("speed", tmp_path)


def test_texts_mention_reports_by_file_and_by_figure():
    assert reports.mentioned("see docs/reports/speed.json, <!-- report:recall-at-10.all -->") == {
        "speed",
        "recall-at-10",
    }
