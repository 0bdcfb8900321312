"""The application's environment has neither the service's Kafka client nor models."""

import subprocess
import sys

# What the service is made of and the application is not.
_BARRED = (
    "cv2",
    "onnxruntime",
    "platestream.bus.clients",
    "platestream.bus.delivery",
    "platestream.bus.flow",
    "platestream.bus.service",
    "platestream.vision.detection",
    "platestream.vision.models.session",
    "platestream.web.app",
)
_KAFKA = "confluent_kafka"


def loaded(modules: str, of: tuple[str, ...]) -> set[str]:
    """Which of some modules are loaded once ``modules`` are."""
    program = f"import sys, {modules}\nprint(*(name for name in {of!r} if name in sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    return set(done.stdout.split())


def test_the_application_and_its_commands_do_without_the_service() -> None:
    modules = (
        "platestream.cli.app, platestream.cli.passages, platestream.cli.hotlist, "
        "platestream.engine.application, platestream.engine.hotlist_admin"
    )
    assert loaded(modules, _BARRED) == set()


def test_the_logic_needs_no_client_at_all() -> None:
    modules = (
        "platestream.engine.processor, platestream.engine.states, platestream.hotlists.hotlist, "
        "platestream.passages.tracker, platestream.telemetry.engine_metrics"
    )
    assert loaded(modules, (*_BARRED, _KAFKA, "platestream.bus")) == set()


def test_the_test_sees_what_is_loaded() -> None:
    assert loaded("platestream.bus.service", ("platestream.bus.flow", _KAFKA)) == {
        "platestream.bus.flow",
        _KAFKA,
    }
