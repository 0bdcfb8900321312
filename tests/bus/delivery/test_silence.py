"""A topic that does not acknowledge is told of once, soon, and again after it has answered."""

from platestream.bus.delivery.silence import Silence


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_topic_without_an_answer_is_told_of_once() -> None:
    clock = Clock()
    silence = Silence(clock)
    silence.sent("gone")
    silence.sent("there")
    clock.now = 4.0
    silence.answered("there", delivered=True)
    assert silence.overdue() == []
    clock.now = 6.0
    assert silence.overdue() == ["gone"]
    silence.sent("gone")
    silence.answered("gone", delivered=False)
    clock.now = 60.0
    assert silence.overdue() == []


def test_a_topic_that_answered_may_be_told_of_again() -> None:
    clock = Clock()
    silence = Silence(clock)
    for at in (0.0, 100.0):
        clock.now = at
        silence.sent("plates")
        clock.now = at + 6.0
        assert silence.overdue() == ["plates"]
        silence.answered("plates", delivered=True)
    assert silence.overdue() == []
