"""A quick run works out, prints, draws and keeps the figures."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks.quality.__main__ import main


def test_counts_are_worked_out_and_the_other_figures_kept(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "detection-figures.json").write_text('{"dense": {"kept": 1}}')
    main(["--quick", "--parts", "counts", "--out", str(tmp_path)])
    figures = json.loads((tmp_path / "detection-figures.json").read_text("utf-8"))
    assert figures["dense"] == {"kept": 1}
    ours = figures["counts"]["methods"]["baseline (gridpulse counts)"]["0.03"]
    assert ours["false_alarms"] <= 0.03
    assert 0.5 < ours["found"] <= 1
    assert "Farrington Flexible" in capsys.readouterr().out
    assert (tmp_path / "img" / "counts.svg").read_text("utf-8").startswith("<svg")


@pytest.mark.data
def test_clusters_are_worked_out_on_real_cases(tmp_path: Path, shared_data: Path) -> None:
    given = ["--data", str(shared_data), "--out", str(tmp_path)]
    main(["--quick", "--parts", "clusters", *given])
    figures = json.loads((tmp_path / "detection-figures.json").read_text("utf-8"))["clusters"]
    assert figures["chance"]["analyses"] == 20
    assert sum(row["tries"] for row in figures["found_by_density"]) == 8
    assert (tmp_path / "img" / "clusters.svg").exists()


def test_without_the_real_data_the_part_is_left_out(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["--quick", "--parts", "clusters", "--data", str(tmp_path / "no"), "--out", str(tmp_path)])
    assert "left out" in capsys.readouterr().err
    assert json.loads((tmp_path / "detection-figures.json").read_text("utf-8")) == {}


def test_unknown_part_is_wrong_use(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(["--parts", "tea"])
    assert stopped.value.code == 2
    assert "no part is called tea" in capsys.readouterr().err
