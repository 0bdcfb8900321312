"""docs/asyncapi.yaml: a sound AsyncAPI 3 document that says what the code does."""

import base64
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from platestream.bus.configuration.settings import TopicSettings
from platestream.contract.errors import ErrorCode, FrameError
from platestream.contract.events import EventEncoder
from platestream.contract.identity import MAX_CAPTURED_AT, MIN_CAPTURED_AT
from platestream.contract.messages import DEFAULT_LIMITS, RejectedFrameError
from platestream.contract.schemas import SchemaName, bundled_schemas
from platestream.engine.settings import EngineTopicSettings
from tests.contract.samples import JPEG, MODEL, READING, STORE, decoded, frame

Json = dict[str, Any]

PATH = Path(__file__).resolve().parents[2] / "docs" / "asyncapi.yaml"
DOCUMENT: Json = yaml.safe_load(PATH.read_text(encoding="utf-8"))
CHANNELS: Json = DOCUMENT["channels"]
MESSAGES: Json = DOCUMENT["components"]["messages"]
ENCODER = EventEncoder(STORE)

# The objects of AsyncAPI 3.0 that the document uses: names it must have, names it may have.
COMMON = {"title", "summary", "description", "tags", "externalDocs", "bindings"}
OBJECTS: dict[str, tuple[set[str], set[str]]] = {
    "document": (
        {"asyncapi", "info"},
        {"id", "servers", "defaultContentType", "channels", "operations", "components"},
    ),
    "info": (
        {"title", "version"},
        {"description", "termsOfService", "contact", "license", "tags", "externalDocs"},
    ),
    "server": (
        {"host", "protocol"},
        COMMON | {"protocolVersion", "pathname", "variables", "security"},
    ),
    "channel": ({"address", "messages"}, COMMON | {"servers", "parameters"}),
    "operation": (
        {"action", "channel"},
        COMMON | {"security", "traits", "messages", "reply"},
    ),
    "message": (
        {"payload"},
        COMMON | {"headers", "correlationId", "contentType", "name", "traits", "examples"},
    ),
}


def check_object(kind: str, node: Json) -> None:
    required, optional = OBJECTS[kind]
    assert required <= node.keys(), f"{kind} lacks {required - node.keys()}"
    unknown = node.keys() - required - optional
    assert not unknown, f"{kind} has {unknown}"


def references(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        if isinstance(node.get("$ref"), str):
            assert node.keys() == {"$ref"}, "nothing may stand beside a reference"
            yield node["$ref"]
        for value in node.values():
            yield from references(value)
    elif isinstance(node, list):
        for value in node:
            yield from references(value)


def followed(reference: str) -> Any:
    """What a reference leads to, inside the document or in a file beside it."""
    file, _, pointer = reference.partition("#")
    node: Any = json.loads((PATH.parent / file).read_text(encoding="utf-8")) if file else DOCUMENT
    for part in pointer.strip("/").split("/") if pointer else ():
        node = node[part.replace("~1", "/").replace("~0", "~")]
    return node


def test_the_objects_are_those_of_asyncapi_3() -> None:
    assert DOCUMENT["asyncapi"] == "3.0.0"
    check_object("document", DOCUMENT)
    check_object("info", DOCUMENT["info"])
    for kind, nodes in (
        ("server", DOCUMENT["servers"]),
        ("channel", CHANNELS),
        ("operation", DOCUMENT["operations"]),
        ("message", MESSAGES),
    ):
        for node in nodes.values():
            check_object(kind, node)
    assert DOCUMENT["components"].keys() <= {"messages", "schemas", "messageBindings"}


def test_every_reference_leads_somewhere() -> None:
    found = list(references(DOCUMENT))
    assert len(found) > 20
    for reference in found:
        assert isinstance(followed(reference), dict), reference


def test_operations_use_messages_of_their_own_channel() -> None:
    for operation in DOCUMENT["operations"].values():
        assert operation["action"] in ("send", "receive")
        channel = operation["channel"]["$ref"]
        assert {each["$ref"] for each in operation["messages"]} == {
            f"{channel}/messages/{name}" for name in followed(channel)["messages"]
        }


def test_topics_and_what_is_on_them() -> None:
    on_topic = {
        channel["address"]: {
            reference["$ref"].rsplit("/", 1)[1] for reference in channel["messages"].values()
        }
        for channel in CHANNELS.values()
    }
    assert on_topic == {
        "frames": {"FrameEvent", "FrameRequest", "FramePicture"},
        "plates": {"PlateEvent"},
        "frames.failed": {"FrameFailure"},
        "frames.results": {"FrameResult"},
        "passages": {"Passage"},
        "alerts": {"Alert"},
        "hotlist": {"HotlistEntry"},
    }
    for channel in CHANNELS.values():
        assert channel["bindings"]["kafka"]["topic"] == channel["address"]


def test_topic_names_are_the_default_settings() -> None:
    topics, engine = TopicSettings(), EngineTopicSettings()
    addresses = {channel["address"] for channel in CHANNELS.values()}
    # The service's fourth topic has no default: it is off until a setting names it.
    assert addresses == {topics.frames, topics.plates, topics.failures, *engine.names}
    assert topics.results is None


def test_every_message_is_keyed_by_the_camera_but_what_is_listed_by_its_id() -> None:
    for name, message in MESSAGES.items():
        key = followed(message["bindings"]["$ref"])["kafka"]["key"]["description"]
        assert ("entry" if name == "HotlistEntry" else "camera") in key


def test_avro_payloads_are_the_bundled_schemas() -> None:
    shown = set()
    for name, message in MESSAGES.items():
        payload = message["payload"]
        if "schemaFormat" not in payload:
            continue
        assert payload["schemaFormat"].startswith("application/vnd.apache.avro")
        assert followed(payload["schema"]["$ref"]) == bundled_schemas()[SchemaName(name)].as_dict()
        shown.add(name)
    assert shown == {str(name) for name in SchemaName} - {"LicensePlateResult"}


@pytest.mark.parametrize("name", ["PlateEvent", "FrameFailure", "FrameResult"])
def test_headers_are_as_described(name: str) -> None:
    record = {
        "PlateEvent": ENCODER.plates(frame(), [READING], MODEL, 5)[0],
        "FrameFailure": ENCODER.failure(frame(), FrameError(ErrorCode.TIMEOUT), 5),
        "FrameResult": ENCODER.result(frame(), [], MODEL, 5),
    }[name]
    headers = {key: value.decode() for key, value in record.headers}
    described = MESSAGES[name]["headers"]
    jsonschema.validate(headers, described)
    assert headers.keys() == described["properties"].keys()


REQUEST = DOCUMENT["components"]["schemas"]["FrameRequest"]
BASE64 = base64.b64encode(JPEG).decode()
TIME = "2026-01-01T00:00:00Z"


@pytest.mark.parametrize(
    "request_body",
    [
        *REQUEST["examples"],
        {"image": BASE64},
        {"url": "http://x/y", "image": None},
        {"url": "http://x/y", "image": ""},
        {"image": BASE64, "url": ""},
        {"image": BASE64, "captured_at": MIN_CAPTURED_AT, "more": 1},
        {"image": BASE64, "captured_at": TIME, "frame_id": None, "attributes": None},
    ],
)
def test_described_request_is_taken(request_body: Json) -> None:
    jsonschema.Draft202012Validator(REQUEST).validate(request_body)
    decoded(json.dumps(request_body).encode())


@pytest.mark.parametrize(
    "request_body",
    [
        {},
        {"image": None},
        {"image": ""},
        {"image": 5},
        {"image": BASE64, "url": "http://x/y"},
        {"url": ["http://x/y"]},
        {"url": "x" * 8193},
        {"image": BASE64, "captured_at": 1_767_225_600},
        {"image": BASE64, "captured_at": MAX_CAPTURED_AT},
        {"image": BASE64, "captured_at": 1.5},
        {"image": BASE64, "captured_at": True},
        {"image": BASE64, "frame_id": 5},
        {"image": BASE64, "camera_id": "x" * 257},
        {"image": BASE64, "attributes": {"lane": 2}},
        {"image": BASE64, "attributes": {"": "2"}},
        {"image": BASE64, "attributes": {str(n): "" for n in range(65)}},
    ],
)
def test_what_the_description_refuses_the_service_refuses(request_body: Json) -> None:
    assert not jsonschema.Draft202012Validator(REQUEST).is_valid(request_body)
    with pytest.raises(RejectedFrameError):
        decoded(json.dumps(request_body).encode())


def test_described_limits_are_the_real_ones() -> None:
    properties = REQUEST["properties"]
    limits = DEFAULT_LIMITS
    assert properties["image"]["maxLength"] == limits.max_base64_chars
    assert properties["url"]["maxLength"] == limits.max_url_chars
    assert properties["frame_id"]["maxLength"] == limits.max_id_chars
    assert properties["camera_id"]["maxLength"] == limits.max_id_chars
    assert properties["attributes"]["maxProperties"] == limits.max_attributes
    values = properties["attributes"]["additionalProperties"]
    assert values["maxLength"] == limits.max_attribute_chars
    whole = properties["captured_at"]["oneOf"][0]
    assert (whole["minimum"], whole["exclusiveMaximum"]) == (MIN_CAPTURED_AT, MAX_CAPTURED_AT)
