"""FrameEvent as other producers may have it, and how such a producer writes a message."""

import io
import json
import uuid
from typing import Any

import fastavro
import httpx

from platestream.bus.registry import RegistrySettings
from platestream.contract.schemas import SchemaName, bundled_schemas

FRAME_EVENT = "io.platestream.v1.FrameEvent"


def frame_event(*, without: tuple[str, ...] = (), fields: tuple[Any, ...] = ()) -> dict[str, Any]:
    """The bundled FrameEvent less some fields, plus others."""
    schema = bundled_schemas()[SchemaName.FRAME_EVENT].as_dict()
    kept = [field for field in schema["fields"] if field["name"] not in without]
    return {**schema, "fields": [*kept, *fields]}


# As a producer has it that went on from the bundled one.
NEWER = frame_event(
    fields=(
        {"name": "lens", "type": "string", "default": ""},
        {"name": "gain", "type": ["null", "double"], "default": None},
    )
)


def breaking_frame_event() -> dict[str, Any]:
    """Of the same name, but with a number for frame_id: neither reads the other."""
    wrong = {"name": "frame_id", "type": "long", "default": 0}
    return frame_event(without=("frame_id",), fields=(wrong,))


def record_of(frame_id: str) -> dict[str, Any]:
    """A frame in the bundled FrameEvent."""
    return {
        "frame_id": frame_id,
        "camera_id": "",
        "captured_at": 0,
        "image": b"x",
        "url": None,
        "attributes": {},
    }


def message(schema_id: int, schema: dict[str, Any], record: dict[str, Any]) -> bytes:
    """``record`` in the wire format, written by fastavro alone."""
    out = io.BytesIO(b"\0" + schema_id.to_bytes(4, "big"))
    out.seek(5)
    fastavro.schemaless_writer(out, fastavro.parse_schema(schema), record)
    return out.getvalue()


def put(url: str, subject: str, schema: dict[str, Any], **more: str) -> int:
    """Register ``schema`` as some other tool would; the id."""
    path = f"{url}/subjects/{subject}/versions"
    answer = httpx.post(path, json={"schema": json.dumps(schema), **more}, trust_env=False)
    answer.raise_for_status()
    schema_id: int = answer.json()["id"]
    return schema_id


def set_rule(url: str, subject: str, level: str) -> None:
    """Set the compatibility level of ``subject``."""
    path = f"{url}/config/{subject}"
    httpx.put(path, json={"compatibility": level}, trust_env=False).raise_for_status()


def versions(url: str, subject: str) -> list[int]:
    """The versions of ``subject``; none where it does not exist."""
    answer = httpx.get(f"{url}/subjects/{subject}/versions", trust_env=False)
    found: list[int] = answer.json() if answer.is_success else []
    return found


def topics() -> dict[SchemaName, str]:
    """Fresh names of topics: subjects in a shared registry outlive a test."""
    tag = uuid.uuid4().hex[:8]
    return {
        SchemaName.FRAME_EVENT: f"frames-{tag}",
        SchemaName.PLATE_EVENT: f"plates-{tag}",
        SchemaName.FRAME_FAILURE: f"failed-{tag}",
    }


def impatient(url: str, **more: Any) -> RegistrySettings:
    """Settings for a registry whose faults are not to be waited for."""
    return RegistrySettings(**{"url": url, "start_seconds": 0, **more})
