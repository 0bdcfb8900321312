import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from platestream import __version__
from platestream.cli.app import main
from tests.cli.conftest import Cli

HEAVY = ("numpy", "cv2", "onnxruntime", "confluent_kafka", "fastavro", "jinja2", "pydantic")


def test_the_version_is_the_packages(cli: Cli) -> None:
    ran = cli("--version")
    assert ran.code == 0
    assert ran.out == f"platestream {__version__}\n"


def test_help_and_version_load_nothing_heavy() -> None:
    script = (
        "import sys\n"
        "from platestream.cli.app import main\n"
        "try:\n    main(['--help'])\nexcept SystemExit: pass\n"
        f"print([name for name in {HEAVY!r} if name in sys.modules])\n"
    )
    ran = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=60
    )
    assert ran.stdout.splitlines()[-1] == "[]"


@pytest.mark.parametrize(
    "arguments",
    [["no-such-command"], ["read"], ["demo", "--frames", "0"], ["read", "x", "--no-such-flag"]],
)
def test_wrong_usage_has_its_exit_code(cli: Cli, arguments: list[str]) -> None:
    ran = cli(*arguments)
    assert ran.code == 2
    assert ran.out == ""
    assert ran.err


def test_wrong_settings_are_all_named_on_stderr(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLATESTREAM_KAFKA__GRUOP_ID", "x")
    monkeypatch.setenv("PLATESTREAM_STREAM__BATCH_MAX_FRAMES", "many")
    ran = cli("read", "a.jpg")
    assert ran.code == 2
    assert ran.out == ""
    assert "PLATESTREAM_KAFKA__GRUOP_ID" in ran.err
    assert "stream.batch_max_frames" in ran.err


def test_a_missing_bundle_is_one_clear_line(cli: Cli, tmp_path: Path) -> None:
    ran = cli("read", "a.jpg", "--bundle", tmp_path)
    assert ran.code == 3
    assert ran.err.startswith("platestream: The model bundle cannot be used: ")
    assert len(ran.err.splitlines()) == 1


def test_an_unknown_provider_is_refused(cli: Cli, tiny: Path) -> None:
    assert tiny.is_dir()
    ran = cli("read", "a.jpg", "--provider", "abacus")
    assert ran.code == 2
    assert "vision.providers" in ran.err


def test_a_defect_is_one_line_and_a_traceback_only_on_demand(
    cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail() -> None:
        raise ZeroDivisionError("of a\nkind")

    monkeypatch.setattr("platestream.contract.schemas.bundled_schemas", fail)
    ran = cli("schemas", "list")
    assert ran.code == 3
    assert ran.err == (
        "platestream: unexpected error: ZeroDivisionError: of a kind (--debug shows where)\n"
    )
    with pytest.raises(ZeroDivisionError):
        main(["--debug", "schemas", "list"])


def test_schemas_are_listed_and_shown(cli: Cli) -> None:
    listed = cli("schemas", "list")
    assert listed.code == 0
    for name in ("FrameEvent", "PlateEvent", "FrameFailure", "FrameResult"):
        assert name in listed.out
    shown = cli("schemas", "show", "plateevent")
    assert json.loads(shown.out)["name"] == "PlateEvent"
    by_file = cli("schemas", "show", "PlateEvent.avsc")
    assert by_file.out == shown.out


def test_an_unknown_schema_is_wrong_usage(cli: Cli) -> None:
    ran = cli("schemas", "show", "Plate")
    assert ran.code == 2
    assert "PlateEvent" in ran.err


def test_a_good_bundle_is_verified(cli: Cli, tiny_bundle_path: Path) -> None:
    ran = cli("models", "verify", tiny_bundle_path)
    assert ran.code == 0
    assert ran.out.startswith("tiny 0.0.1: good")


def test_a_damaged_bundle_is_found_out(cli: Cli, tiny_bundle_path: Path, tmp_path: Path) -> None:
    for file in tiny_bundle_path.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    with (tmp_path / "detector.onnx").open("ab") as stream:
        stream.write(b"\0")
    ran = cli("models", "verify", tmp_path)
    assert ran.code == 1
    assert "checksum" in ran.err


def test_bundles_are_listed(
    cli: Cli, tiny_bundle_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "platestream.vision.models.bundle.list_bundles", lambda _: [tiny_bundle_path]
    )
    ran = cli("models", "list")
    assert ran.code == 0
    assert "tiny" in ran.out
    assert "0.0.1" in ran.out


def test_an_installation_without_bundles_says_so(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("platestream.vision.models.bundle.list_bundles", list)
    assert cli("models", "list").code == 3


def test_a_reader_of_the_output_that_leaves_is_no_error() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    ran = subprocess.run(
        [sys.executable, "-m", "platestream.cli", "schemas", "show", "PlateEvent"],
        stdout=writing,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
        timeout=60,
    )
    os.close(writing)
    assert ran.returncode == 0
    assert ran.stderr == ""
