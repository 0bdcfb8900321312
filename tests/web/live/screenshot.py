"""Take the README's picture of the live page: the drawn scenes, read by a running interface.

``platestream serve --no-auth --port 8080``, then
``python -m tests.web.live.screenshot http://127.0.0.1:8080 docs/images/live-page.png``.
"""

import argparse
import base64
import tempfile
from pathlib import Path

import httpx
from selenium.webdriver.chrome.webdriver import WebDriver
from selenium.webdriver.common.by import By

from tests.stream.waiting import wait_until
from tests.web.live import scenes
from tests.web.live.chromium import chromium, drop_picture

# Its plates go into the panel; the others fill the feed.
_DROPPED = "scene-02.jpg"


def take(url: str, out: Path, *extra: str) -> None:
    """Open the page, have every scene read, and keep what the page shows then."""
    with tempfile.TemporaryDirectory() as profile, chromium(Path(profile), *extra) as browser:
        browser.get(url)
        wait_until(lambda: _text(browser, "#connection") == "live", "the feed")
        names = [name for name in scenes.names() if name != _DROPPED]
        with httpx.Client(base_url=url, timeout=60, trust_env=False) as client:
            for name in names:
                image = base64.b64encode(scenes.picture(name)).decode()
                camera = f"/v2/{Path(name).stem}/ocr/license-plate"
                client.post(camera, json={"image": image}).raise_for_status()
        drop_picture(browser, _DROPPED, scenes.picture(_DROPPED))
        total = f"{len(names) + 1} frames"
        wait_until(lambda: _text(browser, "#totals").startswith(total), "all scenes")
        wait_until(lambda: "Reading" not in _text(browser, "#answer"), "the answer")
        wait_until(lambda: _settled(browser), "the cards")
        out.parent.mkdir(parents=True, exist_ok=True)
        if not browser.save_screenshot(str(out)):
            raise OSError(f"{out} was not written")


def _text(browser: WebDriver, selector: str) -> str:
    return browser.find_element(By.CSS_SELECTOR, selector).text


def _settled(browser: WebDriver) -> bool:
    """Whether every plate of the answer has its card, and nothing moves any more."""
    script = """
    const texts = (where) => [...document.querySelectorAll(where)].map((e) => e.textContent);
    const cards = texts("#plates .plate");
    return texts("#answer .plate").every((text) => cards.includes(text))
      && document.getAnimations().length === 0;
    """
    return bool(browser.execute_script(script))


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("url")
    parser.add_argument("out", type=Path)
    arguments = parser.parse_args()
    take(arguments.url, arguments.out)


if __name__ == "__main__":
    main()
