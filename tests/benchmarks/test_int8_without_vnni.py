"""What counts as a difference between two CPUs."""

from typing import Any

from benchmarks.int8_without_vnni import differences


def answer(**changes: Any) -> dict[str, Any]:
    plate = {"text": "A1", "color": "blue", "corners": [[1, 2]], "confidence": 0.9} | changes
    return {"pictures": {"a.jpg": [plate]}}


def test_what_differs_is_told_without_the_text() -> None:
    assert differences(answer(), answer()) == []
    assert differences(answer(), answer(confidence=0.90001)) == []
    assert differences(answer(), answer(confidence=0.91)) == ["a.jpg, plate 0: another confidence"]
    assert differences(answer(), answer(text="A2")) == ["a.jpg, plate 0: another text"]
    assert differences(answer(), {"pictures": {}}) == ["a.jpg: 1 plates and 0"]
