"""How a fetch can fail: its code in the contract's vocabulary, and whether time may heal it."""

from dataclasses import dataclass
from enum import Enum

from platestream.contract.errors import ErrorCode, FrameError


@dataclass(frozen=True, slots=True)
class _Kind:
    label: str
    code: ErrorCode
    transient: bool
    detail: str


class FetchFailure(Enum):
    """Every way a fetch ends without a picture.

    ``label`` is the metric label, ``transient`` says that the same URL may well work later (the
    failure is the host's or the network's, not the frame's), ``detail`` is the default sentence.
    """

    INVALID_URL = _Kind(
        "invalid_url", ErrorCode.INVALID_PARAMETER, False, "The url is not a valid URL."
    )
    SCHEME = _Kind(
        "scheme", ErrorCode.INVALID_PARAMETER, False, "The scheme of the url is not supported."
    )
    DISABLED = _Kind(
        "disabled", ErrorCode.URL_FETCH_FAILED, False, "Fetching from URLs is switched off."
    )
    # One sentence for "refused" and "no such name": two would let a sender map an internal zone.
    REFUSED = _Kind(
        "refused",
        ErrorCode.URL_FETCH_FAILED,
        False,
        "The host of the url does not exist or is not allowed.",
    )
    UNRESOLVED = _Kind(
        "unresolved",
        ErrorCode.URL_FETCH_FAILED,
        False,
        "The host of the url does not exist or is not allowed.",
    )
    LOOKUP = _Kind(
        "lookup", ErrorCode.URL_FETCH_FAILED, True, "The look-up of the host's name failed."
    )
    UNREACHABLE = _Kind(
        "unreachable", ErrorCode.URL_FETCH_FAILED, True, "The host cannot be reached."
    )
    TIMEOUT = _Kind(
        "timeout", ErrorCode.URL_FETCH_FAILED, True, "The picture did not arrive in time."
    )
    BROKEN = _Kind(
        "broken", ErrorCode.URL_FETCH_FAILED, True, "The host's answer broke off or is malformed."
    )
    SERVER = _Kind(
        "server", ErrorCode.URL_FETCH_FAILED, True, "The host cannot serve the picture now."
    )
    STATUS = _Kind(
        "status", ErrorCode.URL_FETCH_FAILED, False, "The host does not serve the picture."
    )
    REDIRECT = _Kind(
        "redirect", ErrorCode.URL_FETCH_FAILED, False, "The host's redirect cannot be followed."
    )
    CERTIFICATE = _Kind(
        "certificate", ErrorCode.URL_FETCH_FAILED, False, "The host's certificate is not trusted."
    )
    ENCODING = _Kind(
        "encoding", ErrorCode.URL_FETCH_FAILED, False, "The content encoding is not supported."
    )
    TOO_LARGE = _Kind(
        "too_large", ErrorCode.PICTURE_SIZE, False, "The body is larger than the limit."
    )
    BUSY = _Kind("busy", ErrorCode.URL_FETCH_FAILED, True, "Too many fetches are in progress.")
    CLOSED = _Kind("closed", ErrorCode.URL_FETCH_FAILED, True, "The service is stopping.")

    @property
    def label(self) -> str:
        """The metric label: a fixed, small set of words."""
        return self.value.label

    @property
    def code(self) -> ErrorCode:
        """The documented error code."""
        return self.value.code

    @property
    def transient(self) -> bool:
        """Whether a later try of the same URL may work."""
        return self.value.transient

    @property
    def detail(self) -> str:
        """The sentence for the sender, free of addresses, credentials and query strings."""
        return self.value.detail


class FetchError(FrameError):
    """A fetch that failed.

    Args:
        failure: Which of the known ways.
        detail: A sentence in place of the failure's own. Never an address, a URL or a header.
        retry_after_s: The pause that the host asked for, in seconds.
    """

    def __init__(
        self, failure: FetchFailure, detail: str = "", *, retry_after_s: float | None = None
    ) -> None:
        super().__init__(failure.code, detail or failure.detail)
        self.failure = failure
        self.retry_after_s = retry_after_s

    @property
    def transient(self) -> bool:
        """True where the frame is not at fault and a later try may work: pause, do not discard."""
        return self.failure.transient

    def __reduce__(self) -> tuple[type["FetchError"], tuple[FetchFailure, str]]:
        return type(self), (self.failure, self.detail)
