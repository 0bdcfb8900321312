"""A topic that does not acknowledge is told of once, soon, and again after it has answered."""

from platestream.bus.delivery.publisher import UnacknowledgedWatch


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_topic_without_an_answer_is_told_of_once() -> None:
    clock = Clock()
    watch = UnacknowledgedWatch(clock)
    watch.sent("gone")
    watch.sent("there")
    clock.now = 4.0
    watch.acknowledged("there", delivered=True)
    assert watch.overdue() == []
    clock.now = 6.0
    assert watch.overdue() == ["gone"]
    watch.sent("gone")
    watch.acknowledged("gone", delivered=False)
    clock.now = 60.0
    assert watch.overdue() == []


def test_a_topic_that_answered_may_be_told_of_again() -> None:
    clock = Clock()
    watch = UnacknowledgedWatch(clock)
    for at in (0.0, 100.0):
        clock.now = at
        watch.sent("plates")
        clock.now = at + 6.0
        assert watch.overdue() == ["plates"]
        watch.acknowledged("plates", delivered=True)
    assert watch.overdue() == []
