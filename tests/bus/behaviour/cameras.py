"""The cameras of the behaviour suite, and which of their frames show a plate."""

from tests.stream.fakes import EMPTY_EVERY

CAMERAS = tuple(f"camera-{number}" for number in range(6))


def camera(number: int) -> str:
    return CAMERAS[number % len(CAMERAS)]


def shows_plate(number: int) -> bool:
    return number % EMPTY_EVERY != 0
