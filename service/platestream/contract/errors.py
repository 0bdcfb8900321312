"""The documented error codes: the one vocabulary of failure, over Kafka and over HTTP alike.

The codes are those of the public *Plate Number OCR* service; the sentences are ours.
"""

from dataclasses import dataclass
from enum import Enum
from http import HTTPStatus


@dataclass(frozen=True, slots=True)
class ErrorSpec:
    """What one code means: its text on the wire, its sentence and its HTTP status."""

    code: str
    message: str
    status: HTTPStatus


class ErrorCode(Enum):
    """Every error that a frame or a request can end in."""

    INVALID_PARAMETER = ErrorSpec(
        "AIS.0101", "The input parameters are not valid.", HTTPStatus.BAD_REQUEST
    )
    UNSUPPORTED_FORMAT = ErrorSpec(
        "AIS.0102", "The picture format is not supported.", HTTPStatus.BAD_REQUEST
    )
    PICTURE_SIZE = ErrorSpec(
        "AIS.0103", "The picture size is outside the allowed range.", HTTPStatus.BAD_REQUEST
    )
    PICTURE_DAMAGED = ErrorSpec(
        "AIS.0104", "The picture cannot be decoded.", HTTPStatus.BAD_REQUEST
    )
    RECOGNITION_FAILED = ErrorSpec(
        "AIS.0105", "Recognition failed.", HTTPStatus.INTERNAL_SERVER_ERROR
    )
    INVALID_TOKEN = ErrorSpec("ModelArts.0203", "The token is not valid.", HTTPStatus.UNAUTHORIZED)
    EMPTY_TOKEN = ErrorSpec(
        "ModelArts.4101", "The token header is missing or empty.", HTTPStatus.UNAUTHORIZED
    )
    INVALID_TOKEN_HEADER = ErrorSpec(
        "ModelArts.4103", "The token header is malformed.", HTTPStatus.UNAUTHORIZED
    )
    BODY_TOO_LARGE = ErrorSpec(
        "ModelArts.4104",
        "The body is larger than the limit.",
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    )
    INVALID_JSON = ErrorSpec(
        "ModelArts.4105", "The JSON of the input is not correct.", HTTPStatus.BAD_REQUEST
    )
    URL_FETCH_FAILED = ErrorSpec(
        "ModelArts.4603", "The picture could not be fetched from its URL.", HTTPStatus.BAD_REQUEST
    )
    API_NOT_FOUND = ErrorSpec("APIG.0101", "There is no such API.", HTTPStatus.NOT_FOUND)
    TIMEOUT = ErrorSpec(
        "APIG.0201", "The answer was not ready in time.", HTTPStatus.GATEWAY_TIMEOUT
    )
    INVALID_SIGNATURE = ErrorSpec(
        "APIG.0301", "The authentication information is not correct.", HTTPStatus.UNAUTHORIZED
    )
    THROTTLED = ErrorSpec(
        "APIG.0308", "The request rate is over the limit.", HTTPStatus.TOO_MANY_REQUESTS
    )

    @property
    def code(self) -> str:
        """The code on the wire, such as ``AIS.0103``."""
        return self.value.code

    @property
    def message(self) -> str:
        """The general sentence that goes with the code."""
        return self.value.message

    @property
    def status(self) -> HTTPStatus:
        """The HTTP status that goes with the code."""
        return self.value.status


class FrameError(Exception):
    """A frame (or request) that fails for a documented reason.

    Args:
        code: What went wrong, in the contract's vocabulary.
        detail: One sentence for the sender that adds facts (limits, sizes, names of fields).
            Never plate text, picture bytes or credentials: it goes to topics and logs.
    """

    def __init__(self, code: ErrorCode, detail: str = "") -> None:
        super().__init__(code, detail)
        self.code = code
        self.detail = detail

    @property
    def transient(self) -> bool:
        """Whether something else than the frame is at fault, so that it may well be read later."""
        return False

    @property
    def message(self) -> str:
        """The ``error_msg`` on the wire: the code's sentence, then the detail if there is one."""
        return f"{self.code.message} {self.detail}".rstrip()

    def __str__(self) -> str:
        return f"{self.code.code}: {self.message}"
