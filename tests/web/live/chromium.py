"""A real headless Chromium (Debian's ``chromium`` and ``chromium-driver``)."""

import base64
import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from selenium import webdriver
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.chrome.webdriver import WebDriver

from tests.clusters.requirement import UnavailableError

FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--disable-dev-shm-usage",  # containers give /dev/shm 64 MB; a tab that fills it dies
    "--window-size=1200,1250", "--force-device-scale-factor=1",
)  # fmt: skip

# What a person's drag does, as far as a page can tell.
_DROP = """
const [name, type, data] = arguments;
const bytes = Uint8Array.from(atob(data), (c) => c.charCodeAt(0));
const transfer = new DataTransfer();
transfer.items.add(new File([bytes], name, { type }));
const target = document.getElementById("drop");
for (const kind of ["dragenter", "dragover", "drop"]) {
  target.dispatchEvent(
    new DragEvent(kind, { dataTransfer: transfer, bubbles: true, cancelable: true }),
  );
}
"""


@contextmanager
def chromium(profile: Path, *extra: str) -> Iterator[WebDriver]:
    """A browser with a fresh profile, for the time of the block.

    Raises:
        UnavailableError: Where Chromium or its driver is not installed.
    """
    browser = shutil.which("chromium")
    driver = shutil.which("chromedriver")
    if browser is None or driver is None:
        raise UnavailableError("Chromium and its driver are not installed (make tools)")
    options = Options()
    options.binary_location = browser
    for flag in (*FLAGS, f"--user-data-dir={profile}", *extra):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    options.accept_insecure_certs = True
    opened = webdriver.Chrome(options=options, service=Service(driver))
    try:
        yield opened
    finally:
        opened.quit()


def drop_picture(browser: WebDriver, name: str, data: bytes, kind: str = "image/jpeg") -> None:
    """Drag a picture onto the page."""
    browser.execute_script(_DROP, name, kind, base64.b64encode(data).decode())


def complaints(browser: WebDriver) -> list[str]:
    """What the console says that is worse than information."""
    return [
        entry["message"]
        for entry in _log(browser, "browser")
        if entry["level"] in ("SEVERE", "WARNING")
    ]


def hosts_asked(browser: WebDriver) -> set[str]:
    """Every address, without its path, that the page asked for something."""
    asked: set[str] = set()
    for entry in _log(browser, "performance"):
        message: dict[str, Any] = json.loads(entry["message"])["message"]
        if message["method"] == "Network.requestWillBeSent":
            url = str(message["params"]["request"]["url"])
            if url.startswith(("http:", "https:", "ws:", "wss:")):
                asked.add("/".join(url.split("/")[:3]))
    return asked


def _log(browser: WebDriver, kind: str) -> list[dict[str, Any]]:
    entries: list[dict[str, Any]] = browser.get_log(kind)  # type: ignore[no-untyped-call]
    return entries
