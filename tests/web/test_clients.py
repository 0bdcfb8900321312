"""Clients of the documented service, unmodified but for the endpoint."""

import base64
import json
from collections.abc import Iterator

import pytest
import requests
from huaweicloudsdkcore.auth.credentials import BasicCredentials
from huaweicloudsdkcore.exceptions.exceptions import ClientRequestException
from huaweicloudsdkocr.v1 import (
    LicensePlateRequestBody,
    OcrClient,
    RecognizeLicensePlateRequest,
    RecognizeLicensePlateResponse,
)

from platestream.contract.errors import ErrorCode, FrameError
from platestream.web.credentials import hash_token
from platestream.web.settings import WebSettings
from tests.pictures.pixels import encode, noise
from tests.web.interfaces import Interface, open_interface

PICTURE = encode(noise(), ".jpg")
URL = "https://pictures.example/a.jpg"
ACCESS_KEY, SECRET_KEY = "AKEXAMPLE", "sk/example+"


class OneUrl:
    """Knows one picture."""

    def fetch(self, url: str) -> bytes:
        if url != URL:
            raise FrameError(ErrorCode.URL_FETCH_FAILED)
        return PICTURE


@pytest.fixture(scope="module")
def interface(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Interface]:
    path = tmp_path_factory.mktemp("credentials") / "credentials.yaml"
    project = {"tokens": [hash_token("t0ken")], "keys": {ACCESS_KEY: SECRET_KEY}}
    path.write_text(json.dumps({"projects": {"p1": project}}))
    settings = WebSettings(port=0, credentials=path)
    with open_interface(settings, fetcher=OneUrl()) as interface:
        yield interface


def sdk(interface: Interface, secret: str = SECRET_KEY) -> OcrClient:
    """The vendor's client with our endpoint."""
    credentials = BasicCredentials(ACCESS_KEY, secret, project_id="p1")
    builder = OcrClient.new_builder().with_credentials(credentials)
    return builder.with_endpoint(interface.url).build()


def recognize(client: OcrClient, body: LicensePlateRequestBody) -> RecognizeLicensePlateResponse:
    return client.recognize_license_plate(RecognizeLicensePlateRequest(body=body))


def test_the_vendors_sdk_reads_by_picture_and_by_url(interface: Interface) -> None:
    by_picture = LicensePlateRequestBody(image=base64.b64encode(PICTURE).decode())
    for body in (by_picture, LicensePlateRequestBody(url=URL)):
        (plate,) = recognize(sdk(interface), body).result
        assert (plate.plate_number, plate.plate_color) == ("皖A12345", "blue")
        assert plate.plate_location == [[1, 2], [30, 2], [30, 12], [1, 12]]
        assert plate.confidence == pytest.approx(0.9877)


def test_the_vendors_sdk_with_a_wrong_secret_gets_its_client_exception(
    interface: Interface,
) -> None:
    with pytest.raises(ClientRequestException) as refused:
        recognize(sdk(interface, "wrong"), LicensePlateRequestBody(url=URL))
    assert (refused.value.status_code, refused.value.error_code) == (401, "APIG.0301")


def test_the_vendors_sdk_sees_our_error_codes(interface: Interface) -> None:
    with pytest.raises(ClientRequestException) as refused:
        recognize(sdk(interface), LicensePlateRequestBody(image="bm90IGEgcGljdHVyZQ=="))
    assert (refused.value.status_code, refused.value.error_code) == (400, "AIS.0102")


def test_a_plain_script_with_a_token(interface: Interface) -> None:
    answer = requests.post(
        f"{interface.url}/v2/p1/ocr/license-plate",
        headers={"Content-Type": "application/json", "X-Auth-Token": "t0ken"},
        json={"image": base64.b64encode(PICTURE).decode("utf-8")},
        timeout=30,
    )
    assert answer.status_code == 200
    assert answer.json()["result"][0]["plate_number"] == "皖A12345"
