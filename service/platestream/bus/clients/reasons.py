"""Why a cluster does not answer: what a client's error callbacks said meanwhile.

The call that waits for an answer only knows that none came ("Broker transport failure"); that a
name does not resolve, a password is wrong or a certificate unknown comes in callbacks.
"""

from typing import Final

from confluent_kafka import KafkaError

from platestream.bus.clients.complaints import broker_and_words
from platestream.bus.errors import StartError, is_authentication

_ALL_DOWN: Final = KafkaError._ALL_BROKERS_DOWN  # noqa: SLF001


class Reasons:
    """Collects the last reason of each broker. Use :meth:`note` as ``error_cb``."""

    def __init__(self) -> None:
        self._by_broker: dict[str, str] = {}
        self._refused: str | None = None

    def note(self, error: KafkaError) -> None:
        """Note what a client reports."""
        if error.code() == _ALL_DOWN:  # says nothing that the others do not say
            return
        broker, words = broker_and_words(error.str())
        self._by_broker[broker or ""] = words
        if is_authentication(error):
            self._refused = f"{broker or 'the cluster'}: {words}"

    def raise_certain(self) -> None:
        """Give up at once on what no waiting mends.

        Raises:
            StartError: If a broker refused who we are.
        """
        if self._refused is not None:
            raise StartError(f"not let in by {self._refused}")

    def told(self, otherwise: str) -> str:
        """All reasons in one line; ``otherwise`` where there is none."""
        return "; ".join(dict.fromkeys(self._by_broker.values())) or otherwise
