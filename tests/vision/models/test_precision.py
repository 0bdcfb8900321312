import platform
from pathlib import Path

import pytest

from platestream.vision.models.precision import Wanted, chosen_precision
from platestream.vision.models.providers import CPU, CUDA

FLAGS = "processor\t: 0\nflags\t\t: fpu avx {}\n\nprocessor\t: 1\nflags\t\t: fpu avx {}\n"


@pytest.fixture
def cpuinfo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(platform, "machine", lambda: "x86_64")
    path = tmp_path / "cpuinfo"
    path.write_text(FLAGS.format("avx2 fma", "avx2 fma"))
    return path


def test_eight_bits_where_they_are_faster(cpuinfo: Path) -> None:
    assert chosen_precision("auto", CPU, cpuinfo=cpuinfo) == "int8"
    assert chosen_precision("auto", CUDA, cpuinfo=cpuinfo) == "float32"


@pytest.mark.parametrize("flags", ["", "avx2x", "avx_vnni_int8"])
def test_float_on_cpus_that_are_slower_with_eight_bits(cpuinfo: Path, flags: str) -> None:
    cpuinfo.write_text(FLAGS.format(flags, flags))
    assert chosen_precision("auto", CPU, cpuinfo=cpuinfo) == "float32"


def test_float_where_nothing_is_known(cpuinfo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert chosen_precision("auto", CPU, cpuinfo=cpuinfo.with_name("none")) == "float32"
    cpuinfo.write_bytes(b"\xff\x00" * 40)
    assert chosen_precision("auto", CPU, cpuinfo=cpuinfo) == "float32"
    cpuinfo.write_text(FLAGS.format("avx2", "avx2"))
    monkeypatch.setattr(platform, "machine", lambda: "aarch64")
    assert chosen_precision("auto", CPU, cpuinfo=cpuinfo) == "float32"


@pytest.mark.parametrize("wanted", ["float32", "int8"])
def test_what_is_asked_for_stands(cpuinfo: Path, wanted: Wanted) -> None:
    for provider in (CPU, CUDA):
        assert chosen_precision(wanted, provider, cpuinfo=cpuinfo) == wanted
