"""The RTSP server of :mod:`tests.feed.servers.rtsp_process`, started and stopped by a test."""

import shutil
import subprocess
from functools import cache
from pathlib import Path
from typing import Final, Self

from tests.clusters.requirement import UnavailableError
from tests.feed.pictures import write_folder

_SCRIPT: Final = Path(__file__).with_name("rtsp_process.py")
_PROBE: Final = (
    "import gi; gi.require_version('GstRtspServer', '1.0'); "
    "from gi.repository import Gst, GstRtspServer; Gst.init(None); "
    "names = ('x264enc', 'rtph264pay', 'jpegenc', 'rtpjpegpay', 'multifilesrc'); "
    "raise SystemExit(not all(map(Gst.ElementFactory.find, names)))"
)


@cache
def gstreamer_python() -> str:
    """A Python that has GStreamer's RTSP server.

    Raises:
        UnavailableError: There is none.
    """
    for python in filter(None, ("/usr/bin/python3", shutil.which("python3"))):
        if Path(python).exists():
            asked = subprocess.run([python, "-c", _PROBE], capture_output=True, check=False)
            if asked.returncode == 0:
                return python
    raise UnavailableError("there is no GStreamer RTSP server (make tools)")


class RtspServer:
    """Plays numbered pictures again and again, for as long as the ``with`` block lasts.

    Args:
        folder: Where the pictures are made.
        count: How many.
        fps: How many a second.
    """

    def __init__(self, folder: Path, count: int, fps: int) -> None:
        self._arguments = (str(write_folder(folder, count)), str(count), str(fps))
        self._port = 0

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            [gstreamer_python(), str(_SCRIPT), *self._arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        assert self._process.stdout is not None
        self._port = int(self._process.stdout.readline())
        return self

    def __exit__(self, *_: object) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        try:
            self._process.wait(5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def url(self, path: str) -> str:
        """``jpeg`` or ``h264``."""
        return f"rtsp://127.0.0.1:{self._port}/{path}"

    def disconnect(self) -> None:
        """Throw every client out."""
        assert self._process.stdin is not None
        self._process.stdin.write("disconnect\n")
        self._process.stdin.flush()
