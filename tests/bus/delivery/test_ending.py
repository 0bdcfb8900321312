"""An ending whose client does not come back."""

import pytest

from platestream.bus.delivery import ending
from tests.bus.delivery.desk import HERE, Desk, abortable, end_of


@pytest.mark.parametrize("call", ["send_offsets", "commit", "abort"])
def test_a_client_that_does_not_come_back_from_a_call_ends_the_service(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    monkeypatch.setattr(ending, "_HANG_SECONDS", 0.0)
    desk.broker.hangs_in = call
    desk.broker.gate.clear()
    if call == "abort":
        desk.broker.tell("commit", abortable())
    desk.delivery.submit([desk.finished(HERE, 0)])
    assert f"does not come back from {call}" in end_of(desk)
    desk.broker.gate.set()
