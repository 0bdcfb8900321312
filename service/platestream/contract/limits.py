"""How large a frame message and the words in it may be."""

from dataclasses import dataclass
from typing import Final

_MIB: Final = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageLimits:
    """Bounds that every frame message is held to, whatever its form.

    The contract says "10 MB"; it is taken as 10 x 1,048,576 bytes, the wider of the two readings,
    so that nothing is refused here which the documented service takes.

    Attributes:
        max_message_bytes: The whole message. Base64 makes a picture a third larger, so this leaves
            room for a JSON message whose Base64 is just over its own limit to be told so.
        max_base64_chars: The Base64 text of a picture, as it stands in the JSON.
        max_picture_bytes: The picture file itself.
        max_id_chars: ``frame_id`` and ``camera_id``: room for a UUID, a URN or a path.
        max_url_chars: A signed object-store URL seldom passes 2,000 characters.
        max_attributes: How many attributes a frame may carry; each goes into every plate event.
        max_attribute_chars: One attribute's name or value.
        max_json_brackets: Opening brackets in a JSON message. A request needs two; the bound keeps
            a message from growing thirtyfold in memory or nesting past the interpreter's stack.
        max_json_commas: Commas in a JSON message, for the same reason.
    """

    max_message_bytes: int = 16 * _MIB
    max_base64_chars: int = 10 * _MIB
    max_picture_bytes: int = 10 * _MIB
    max_id_chars: int = 256
    max_url_chars: int = 8192
    max_attributes: int = 64
    max_attribute_chars: int = 1024
    max_json_brackets: int = 512
    max_json_commas: int = 10_000


DEFAULT_LIMITS: Final = MessageLimits()
