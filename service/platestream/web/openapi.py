"""The OpenAPI 3.1 document of the HTTP interface, made from the codes and limits it serves by."""

import json
import sys
from collections import defaultdict
from functools import cache
from typing import Any, Final

from platestream import __version__
from platestream.contract.errors import ErrorCode
from platestream.contract.limits import DEFAULT_LIMITS
from platestream.contract.readings import PlateColor

_PATH: Final = "/v2/{project_id}/ocr/license-plate"


@cache
def openapi_document() -> dict[str, Any]:
    """The document as plain data."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Platestream",
            "version": __version__,
            "summary": "Licence plates in pictures, by the Plate Number OCR contract.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "paths": {
            _PATH: {"post": _recognition()},
            "/healthz": {"get": _probe("Whether a restart would help.", "liveness")},
            "/readyz": {"get": _probe("Whether work may be sent here.", "readiness")},
        },
        "components": {"schemas": _schemas(), "securitySchemes": _security_schemes()},
    }


def openapi_text() -> str:
    """The document as it is committed."""
    return json.dumps(openapi_document(), indent=2, ensure_ascii=False) + "\n"


def _recognition() -> dict[str, Any]:
    return {
        "operationId": "recognizeLicensePlate",
        "summary": "Find and read the plates in one picture.",
        "security": [{"token": []}, {"signature": []}],
        "parameters": [
            {
                "name": "project_id",
                "in": "path",
                "required": True,
                "description": "The caller's project.",
                "schema": {"type": "string", "pattern": "^[A-Za-z0-9_.-]{1,64}$"},
            },
            {
                "name": "Enterprise-Project-Id",
                "in": "header",
                "description": "Carried into the events as an attribute.",
                "schema": {"type": "string", "maxLength": 64},
            },
        ],
        "requestBody": {
            "required": True,
            "description": "May be compressed, with Content-Encoding: gzip and no other; the "
            "limits hold for what it unpacks to, too.",
            "content": {
                "application/json": {"schema": {"$ref": "#/components/schemas/PlateRequest"}}
            },
        },
        "responses": {
            "200": {
                "description": "The plates; an empty list where the picture shows none.",
                "content": {
                    "application/json": {"schema": {"$ref": "#/components/schemas/PlateResponse"}}
                },
            },
            **_failures(),
        },
    }


def _failures() -> dict[str, Any]:
    by_status: dict[int, list[ErrorCode]] = defaultdict(list)
    for code in ErrorCode:
        by_status[code.status.value].append(code)
    return {
        str(status): {
            "description": " ".join(f"{code.code}: {code.message}" for code in codes),
            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Failure"}}},
        }
        for status, codes in sorted(by_status.items())
    }


def _probe(summary: str, name: str) -> dict[str, Any]:
    content = {"application/json": {"schema": {"$ref": "#/components/schemas/Health"}}}
    return {
        "operationId": name,
        "summary": summary,
        "security": [],
        "responses": {
            "200": {"description": "Yes.", "content": content},
            "503": {"description": "No; the checks say why.", "content": content},
        },
    }


def _schemas() -> dict[str, Any]:
    point = {
        "type": "array",
        "items": {"type": "integer", "minimum": 0},
        "minItems": 2,
        "maxItems": 2,
        "description": "x and y in pixels, from the top-left corner of the picture.",
    }
    return {
        "PlateRequest": {
            "type": "object",
            "description": "Exactly one of image and url.",
            "oneOf": [{"required": ["image"]}, {"required": ["url"]}],
            "properties": {
                "image": {
                    "type": "string",
                    "contentEncoding": "base64",
                    "minLength": 1,
                    "maxLength": DEFAULT_LIMITS.max_base64_chars,
                    "description": "A JPEG, PNG, BMP or TIFF picture in Base64.",
                },
                "url": {
                    "type": "string",
                    "format": "uri",
                    "minLength": 1,
                    "maxLength": DEFAULT_LIMITS.max_url_chars,
                    "description": "Where such a picture can be fetched.",
                },
            },
        },
        "PlateResponse": {
            "type": "object",
            "required": ["result"],
            "properties": {
                "result": {
                    "type": "array",
                    "items": {"$ref": "#/components/schemas/LicensePlateResult"},
                }
            },
        },
        "LicensePlateResult": {
            "type": "object",
            "required": ["plate_number", "plate_color", "plate_location", "confidence"],
            "properties": {
                "plate_number": {"type": "string"},
                "plate_color": {"type": "string", "enum": [color.value for color in PlateColor]},
                "plate_location": {
                    "type": "array",
                    "items": point,
                    "minItems": 4,
                    "maxItems": 4,
                    "description": "Corners, clockwise from the plate's own top-left corner.",
                },
                "confidence": {"type": "number", "minimum": 0, "maximum": 1},
            },
        },
        "Failure": {
            "type": "object",
            "required": ["error_code", "error_msg"],
            "properties": {
                "error_code": {"type": "string", "enum": [code.code for code in ErrorCode]},
                "error_msg": {"type": "string"},
            },
        },
        "Health": {
            "type": "object",
            "required": ["status", "checks"],
            "properties": {
                "status": {"type": "string", "enum": ["ok", "failing"]},
                "checks": {"type": "object"},
            },
        },
    }


def _security_schemes() -> dict[str, Any]:
    return {
        "token": {"type": "apiKey", "in": "header", "name": "X-Auth-Token"},
        "signature": {
            "type": "apiKey",
            "in": "header",
            "name": "Authorization",
            "description": "SDK-HMAC-SHA256 request signing with X-Sdk-Date.",
        },
    }


if __name__ == "__main__":  # python -m platestream.web.openapi > docs/openapi.json
    sys.stdout.write(openapi_text())
