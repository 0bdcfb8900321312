"""Bundles from a real OCI registry, a web server that breaks off, and a real S3 server."""

import contextlib
import hashlib
import io
import ssl
import tarfile
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import boto3  # type: ignore[import-untyped]
import pytest
import trustme
from moto.server import ThreadedMotoServer

from platestream.cli.app import main
from platestream.cli.models.parts import PullError
from platestream.cli.models.pulling import pull
from platestream.cli.models.pushing import push
from platestream.cli.models.reference import Reference
from platestream.vision.models.bundle import BundleError, ModelBundle
from tests.clusters.oci_registry import oci_registry
from tests.clusters.requirement import real
from tests.vision.tiny_models import write_bundle

MOST = 10_000_000


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = write_bundle(tmp_path_factory.mktemp("made") / "tiny")
    (folder / "MODEL_CARD.md").write_text("# Tiny\n")
    return folder


def _archive(bundle: Path, *, prefix: str = "tiny/", form: str = "w:gz") -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode=form) as tar:  # type: ignore[call-overload]
        for file in sorted(bundle.iterdir()):
            tar.add(file, prefix + file.name)
    return buffer.getvalue()


def _digest(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def _left(folder: Path) -> list[str]:
    return sorted(one.name for one in folder.iterdir() if one.suffix != ".lock")


# -- an OCI registry ------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    with real("OCI registry"), contextlib.ExitStack() as stack:
        yield stack.enter_context(oci_registry(tmp_path_factory.mktemp("registry")))


def test_push_and_pull_over_the_command_line(
    registry: tuple[str, Path], bundle: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    host, _ = registry
    with pytest.raises(SystemExit, match="0"):
        main(["models", "push", str(bundle), f"oci://{host}/plates:1", "--plain-http"])
    source = capsys.readouterr().out.strip()
    assert source.startswith(f"oci://{host}/plates@sha256:")
    with pytest.raises(SystemExit, match="0"):
        main(["models", "pull", source, "--into", str(tmp_path), "--plain-http", "--use"])
    short = source.rpartition(":")[2][:12]
    assert _left(tmp_path) == ["current", f"tiny-0.0.1-{short}"]
    assert ModelBundle.load(tmp_path / "current").model.name == "tiny"
    assert (tmp_path / "current" / "MODEL_CARD.md").read_text() == "# Tiny\n"


def test_what_is_there_already_is_not_fetched_again(
    registry: tuple[str, Path], bundle: Path, tmp_path: Path
) -> None:
    digest = push(bundle, registry[0], "again", "1", insecure=True)
    reference = Reference("oci", registry[0], "again", digest)
    name = pull(reference, tmp_path, most_bytes=MOST, insecure=True)
    nowhere = Reference("oci", "127.0.0.1:1", "again", digest)
    assert pull(nowhere, tmp_path, most_bytes=MOST, insecure=True) == name


def test_a_blob_is_gone_on_with_where_it_broke_off(
    registry: tuple[str, Path], bundle: Path, tmp_path: Path
) -> None:
    host, log = registry
    digest = push(bundle, host, "resumed", "1", insecure=True)
    partial = tmp_path / f".pull-{digest[7:19]}"
    partial.mkdir()
    whole = (bundle / "recognizer.onnx").read_bytes()
    (partial / "recognizer.onnx").write_bytes(whole[:1000])
    came: list[int] = []
    reference = Reference("oci", host, "resumed", digest)
    pull(reference, tmp_path, most_bytes=MOST, insecure=True, advance=came.append)
    assert sum(came) == sum(one.stat().st_size for one in bundle.iterdir())
    assert '" 206 ' in log.read_text()


def test_what_the_registry_has_not_or_is_too_large_is_refused(
    registry: tuple[str, Path], bundle: Path, tmp_path: Path
) -> None:
    host, _ = registry
    digest = push(bundle, host, "bounds", "1", insecure=True)
    other = Reference("oci", host, "bounds", "sha256:" + "0" * 64)
    with pytest.raises(PullError, match="no such artefact"):
        pull(other, tmp_path, most_bytes=MOST, insecure=True)
    with pytest.raises(PullError, match="are allowed"):
        pull(Reference("oci", host, "bounds", digest), tmp_path, most_bytes=5000, insecure=True)
    assert not list(tmp_path.glob("tiny*"))


# -- a web server ---------------------------------------------------------------------------------


class _Web:
    """HTTPS on loopback: one body, cut off after some bytes as often as it is told to."""

    def __init__(self, folder: Path) -> None:
        authority = trustme.CA()
        self.authority = folder / "authority.pem"
        authority.cert_pem.write_to_path(self.authority)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert("127.0.0.1").configure_cert(context)
        self.body, self.cut, self.ranges = b"", [0], list[str]()
        web = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                asked = self.headers.get("range", "")
                web.ranges.append(asked)
                start = int(asked[6:-1]) if asked else 0
                self.send_response(206 if asked else 200)
                self.send_header("content-length", str(len(web.body) - start))
                self.end_headers()
                most = web.cut.pop() if web.cut else len(web.body)
                self.wfile.write(web.body[start : start + most])
                self.close_connection = True

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def reference(self, digest: str | None = None) -> Reference:
        host = f"127.0.0.1:{self.server.server_address[1]}"
        return Reference("https", host, "tiny.tar.gz", digest or _digest(self.body))


@pytest.fixture
def web(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> Iterator[_Web]:
    web = _Web(tmp_path_factory.mktemp("web"))
    monkeypatch.setenv("SSL_CERT_FILE", str(web.authority))
    yield web
    web.server.shutdown()
    web.server.server_close()


@pytest.mark.parametrize("prefix", ["", "tiny/", "./a/b/"])
def test_an_archive_that_breaks_off_twice(
    web: _Web, bundle: Path, tmp_path: Path, prefix: str
) -> None:
    web.body, web.cut = _archive(bundle, prefix=prefix), [700, 600]
    name = pull(web.reference(), tmp_path, most_bytes=MOST)
    assert web.ranges == ["", "bytes=600-", "bytes=1300-"]
    assert _left(tmp_path) == [name]
    assert ModelBundle.load(tmp_path / name).model.version == "0.0.1"


def test_what_came_is_kept_for_the_next_call(web: _Web, bundle: Path, tmp_path: Path) -> None:
    web.body, web.cut = _archive(bundle), [100] * 5
    with pytest.raises(PullError, match="500 bytes are kept"):
        pull(web.reference(), tmp_path, most_bytes=MOST)
    pull(web.reference(), tmp_path, most_bytes=MOST)
    assert web.ranges[-1] == "bytes=500-"


def test_another_content_than_that_of_the_digest_is_not_kept(
    web: _Web, bundle: Path, tmp_path: Path
) -> None:
    web.body, web.cut = _archive(bundle), []
    with pytest.raises(PullError, match="digest"):
        pull(web.reference("sha256:" + "1" * 64), tmp_path, most_bytes=MOST)
    assert not [one for one in tmp_path.rglob("*.tar") if one.is_file()]


def test_archives_that_are_no_bundle_or_unpack_to_too_much(
    web: _Web, bundle: Path, tmp_path: Path
) -> None:
    web.cut = []
    web.body = b"not an archive"
    with pytest.raises(PullError, match="not an archive"):
        pull(web.reference(), tmp_path, most_bytes=MOST)
    empty = tmp_path / "empty"
    empty.mkdir()
    web.body = _archive(empty)
    with pytest.raises(BundleError):
        pull(web.reference(), tmp_path, most_bytes=MOST)
    web.body = _archive(bundle)
    with pytest.raises(PullError, match="too large"):
        pull(web.reference(), tmp_path, most_bytes=len(web.body) + 10)
    assert not list(tmp_path.glob("tiny*"))


# -- an object store ------------------------------------------------------------------------------


def test_an_archive_in_a_bucket(
    bundle: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    for name, value in {
        "AWS_ENDPOINT_URL": f"http://{host}:{port}",
        "AWS_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "test-id",
        "AWS_SECRET_ACCESS_KEY": "test-secret",
    }.items():
        monkeypatch.setenv(name, value)
    client = boto3.client("s3", region_name="us-east-1", endpoint_url=f"http://{host}:{port}")
    client.create_bucket(Bucket="models")
    body = _archive(bundle, form="w")
    client.put_object(Bucket="models", Key="a b/tiny.tar", Body=body)
    try:
        reference = Reference("s3", "models", "a b/tiny.tar", _digest(body))
        name = pull(reference, tmp_path, most_bytes=MOST)
        assert ModelBundle.load(tmp_path / name).model.name == "tiny"
        with pytest.raises(PullError):
            pull(Reference("s3", "models", "none", "sha256:" + "2" * 64), tmp_path, most_bytes=MOST)
    finally:
        server.stop()
