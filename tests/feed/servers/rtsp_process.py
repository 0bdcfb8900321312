"""An RTSP server: GStreamer's, which many cameras and recorders are built on.

A program of its own, as Debian's Python has its bindings: ``python3 rtsp_process.py FOLDER COUNT
FPS``. The pictures ``0000.jpg`` and on of FOLDER are played again and again, at ``/jpeg`` as motion
JPEG and at ``/h264``. The port comes out first; ``disconnect`` on standard input throws every
client out, and the end of standard input ends it.
"""

import sys
import threading

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import GLib, Gst, GstRtspServer  # noqa: E402


def main(folder: str, count: int, fps: int) -> None:
    """Serve until standard input ends."""
    Gst.init(None)
    server = GstRtspServer.RTSPServer.new()
    server.set_address("127.0.0.1")
    server.set_service("0")
    pictures = (
        f"multifilesrc location={folder}/%04d.jpg start-index=0 stop-index={count - 1} loop=true "
        f'caps="image/jpeg,framerate=(fraction){fps}/1" ! jpegdec ! videoconvert'
    )
    encoders = {
        "/jpeg": "jpegenc quality=85 ! rtpjpegpay name=pay0 pt=26",
        # No frames that refer to later ones, as cameras do; a key frame a second.
        "/h264": f"x264enc tune=zerolatency speed-preset=ultrafast bitrate=4000 key-int-max={fps} "
        "! rtph264pay name=pay0 pt=96 config-interval=1",
    }
    for path, encoder in encoders.items():
        factory = GstRtspServer.RTSPMediaFactory.new()
        factory.set_launch(f"( {pictures} ! {encoder} )")
        # Each client would else have a film of its own, from its beginning.
        factory.set_shared(True)
        server.get_mount_points().add_factory(path, factory)
    server.attach(None)
    sys.stdout.write(f"{server.get_bound_port()}\n")
    sys.stdout.flush()
    loop = GLib.MainLoop()

    def disconnect() -> bool:
        server.client_filter(lambda _server, _client: GstRtspServer.RTSPFilterResult.REMOVE)
        return False

    def obey() -> None:
        for line in sys.stdin:
            if line.strip() == "disconnect":
                GLib.idle_add(disconnect)
        loop.quit()

    threading.Thread(target=obey, daemon=True).start()
    loop.run()


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
