"""The HTTP interface as one thing to open and close, over any pipeline."""

from concurrent.futures import Future
from typing import Self

from platestream.contract.frames import Frame
from platestream.contract.limits import DEFAULT_LIMITS, MessageLimits
from platestream.stream.outcome import FrameOutcome
from platestream.telemetry.health import Health
from platestream.telemetry.metrics import Metrics
from platestream.vision.settings import PictureLimits
from platestream.web.admission import Admission
from platestream.web.app import build_app, parser_threads
from platestream.web.authentication import Authenticator
from platestream.web.credentials import CredentialStore
from platestream.web.live.hub import LiveHub
from platestream.web.live.page import live_routes
from platestream.web.origins import OwnHosts
from platestream.web.recognition import Recognition, Submit
from platestream.web.server import WebServer
from platestream.web.settings import WebSettings


class NoCredentialsError(Exception):
    """Neither credentials nor the explicit wish to have none."""


class HttpInterface:
    """Serves the documented API, and the live page, on a pipeline that it does not own.

    Args:
        submit: Takes a frame in and gives a future of its outcome; several interfaces may share it.
        settings: Address, callers, bounds.
        metrics: Where requests are counted.
        health: What the interface's own probes answer.
        pictures: What a picture may be; the live page decodes them again.
        show_crops: Whether the live page shows the plates' pictures.
        limits: Bounds of the request's JSON.

    Raises:
        NoCredentialsError: If ``settings`` name no credentials and do not say ``no_auth``.
        CredentialsError: If the credentials file cannot be used.
        ValueError: If the rate limit cannot be read.
        OSError: If the address cannot be bound.
    """

    def __init__(
        self,
        submit: Submit,
        *,
        settings: WebSettings,
        metrics: Metrics,
        health: Health,
        pictures: PictureLimits,
        show_crops: bool = True,
        limits: MessageLimits = DEFAULT_LIMITS,
    ) -> None:
        if settings.credentials is None and not settings.no_auth:
            raise NoCredentialsError
        path = settings.credentials
        authenticator = Authenticator(CredentialStore(path) if path is not None else None)
        self._submit = submit
        self.hub = LiveHub(pictures, max_listeners=settings.live_listeners, show_crops=show_crops)
        self._parsers = parser_threads()
        recognition = Recognition(
            self._submit_and_show if settings.live_page else submit,
            admission=Admission(authenticator, settings),
            settings=settings,
            limits=limits,
            parsers=self._parsers,
        )
        pages = (
            live_routes(self.hub, authenticator, projects_that_see_all=settings.live_projects)
            if settings.live_page
            else None
        )
        own_hosts = OwnHosts(settings.host, settings.allowed_hosts) if settings.no_auth else None
        app = build_app(
            recognition, metrics=metrics, health=health, pages=pages, own_hosts=own_hosts
        )
        self._server = WebServer(app, settings, metrics)
        self.port = self._server.port
        scheme = "https" if settings.tls_certificate is not None else "http"
        host = f"[{settings.host}]" if ":" in settings.host else settings.host
        self.url = f"{scheme}://{host}:{self.port}"

    def start(self) -> None:
        """Begin to answer.

        Raises:
            RuntimeError: If the server does not come up, such as for a wrong TLS certificate.
        """
        self.hub.start()
        try:
            self._server.start()
        except BaseException:
            self.close()  # an interface that did not open leaves no thread and no socket behind
            raise

    def close(self) -> None:
        """Take no more connections, finish the requests in flight, end the live pages."""
        # First the pages: their streams of events have no end of their own.
        self.hub.close()
        self._server.close()
        self._parsers.shutdown(wait=False, cancel_futures=True)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _submit_and_show(self, frame: Frame) -> Future[FrameOutcome]:
        future = self._submit(frame)
        future.add_done_callback(lambda done: self._show(done, frame.camera_id))
        return future

    def _show(self, done: Future[FrameOutcome], project: str) -> None:
        if not done.cancelled() and done.exception() is None:
            self.hub.offer(done.result(), project=project)
