import base64
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from selenium.webdriver.chrome.webdriver import WebDriver
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from platestream.contract.frames import Frame, SourceRef
from platestream.contract.readings import ModelRef
from platestream.stream.outcome import FrameOutcome, now_ms
from platestream.web.credentials import hash_token
from platestream.web.settings import WebSettings
from tests.clusters.requirement import UnavailableError, skip_or_fail
from tests.stream.waiting import wait_until
from tests.web.interfaces import Interface, open_interface
from tests.web.live import scenes
from tests.web.live.chromium import chromium, complaints, drop_picture, hosts_asked

SCENE = "scene-02.jpg"


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WebDriver]:
    try:
        with chromium(tmp_path_factory.mktemp("profile")) as browser:
            yield browser
    except UnavailableError as missing:
        skip_or_fail(str(missing))


@pytest.fixture
def interface() -> Iterator[Interface]:
    with open_interface(
        WebSettings(port=0, no_auth=True), reader=scenes.SceneReader()
    ) as interface:
        yield interface


def open_page(browser: WebDriver, interface: Interface) -> None:
    browser.get("about:blank")  # an earlier page would go on looking for its interface
    complaints(browser)
    hosts_asked(browser)
    browser.get(interface.url)


def text_of(browser: WebDriver, selector: str) -> str:
    # Not .text, which leaves out what is still fading in.
    found = browser.find_element(By.CSS_SELECTOR, selector).get_attribute("textContent")
    return found or ""


def wait_live(browser: WebDriver) -> None:
    wait_until(lambda: text_of(browser, "#connection") == "live", "the feed")


def cards(browser: WebDriver) -> list[str]:
    script = "return [...document.querySelectorAll('#plates .plate')].map((e) => e.textContent)"
    found: list[str] = browser.execute_script(script)
    return found


def stream_outcome(name: str, camera: str) -> FrameOutcome:
    """An outcome as the Kafka interface has it."""
    frame = Frame(
        frame_id="f1",
        camera_id=camera,
        captured_at=now_ms() - 40,
        source=SourceRef("frames", 0, 1),
        image=scenes.picture(name),
        url=None,
    )
    return FrameOutcome.read(frame, scenes.truth()[name], ModelRef("scenes", "1"))


def test_a_dropped_picture_is_read_and_appears_in_the_feed(
    browser: WebDriver, interface: Interface
) -> None:
    open_page(browser, interface)
    wait_live(browser)
    drop_picture(browser, SCENE, scenes.picture(SCENE))
    expected = scenes.texts(SCENE)
    wait_until(lambda: all(text in text_of(browser, "#answer") for text in expected), "the answer")
    wait_until(lambda: sorted(cards(browser)) == sorted(expected), "the cards")
    outlines = browser.find_elements(By.CSS_SELECTOR, "#preview-plates polygon")
    assert len(outlines) == len(expected)
    card = browser.find_element(By.CSS_SELECTOR, "#plates li")
    crop = card.find_element(By.TAG_NAME, "img")
    assert browser.execute_script("return arguments[0].naturalWidth", crop) > 20
    facts = text_of(browser, "#plates li dl")
    assert "cameralive" in facts
    assert "confidence" in facts
    assert complaints(browser) == []
    assert hosts_asked(browser) == {interface.url}


def test_the_streams_frames_reach_the_page_with_its_numbers(
    browser: WebDriver, interface: Interface
) -> None:
    open_page(browser, interface)
    wait_live(browser)
    interface.http.hub.offer(stream_outcome("scene-09.jpg", "<b>gate & yard</b>"))
    wait_until(lambda: cards(browser) == scenes.texts("scene-09.jpg"), "the card")
    assert "<b>gate & yard</b>" in text_of(browser, "#plates li")  # shown, not obeyed
    wait_until(lambda: text_of(browser, "#totals").startswith("1 frames"), "the totals")
    assert text_of(browser, "#latency-text") == "median of 1 frames: at most 50 ms"
    assert text_of(browser, "#confidence-text") == "median of 1 plates: above 0.9"
    label = browser.find_element(By.ID, "latency").get_attribute("aria-label")
    assert label == "median of 1 frames: at most 50 ms"
    assert complaints(browser) == []


def test_the_feed_can_be_paused_by_keyboard(browser: WebDriver, interface: Interface) -> None:
    open_page(browser, interface)
    wait_live(browser)
    pause = browser.find_element(By.ID, "pause")
    pause.send_keys(Keys.ENTER)
    assert pause.get_attribute("aria-pressed") == "true"
    interface.http.hub.offer(stream_outcome("scene-09.jpg", "gate"))
    wait_until(lambda: text_of(browser, "#totals").startswith("1 frames"), "the totals")
    assert cards(browser) == []
    pause.send_keys(Keys.ENTER)
    interface.http.hub.offer(stream_outcome("scene-08.jpg", "gate"))
    wait_until(lambda: cards(browser) == scenes.texts("scene-08.jpg"), "the card")


def test_a_picture_can_be_chosen_without_a_mouse(
    browser: WebDriver, interface: Interface, tmp_path: Path
) -> None:
    path = tmp_path / SCENE
    path.write_bytes(scenes.picture(SCENE))
    open_page(browser, interface)
    browser.execute_script("document.getElementById('file').focus()")
    chosen = browser.switch_to.active_element
    assert chosen.get_attribute("id") == "file"
    chosen.send_keys(str(path))
    wait_until(lambda: scenes.texts(SCENE)[0] in text_of(browser, "#answer"), "the answer")


def test_a_bad_picture_says_why(browser: WebDriver, interface: Interface) -> None:
    open_page(browser, interface)
    wait_live(browser)
    drop_picture(browser, "note.txt", b"no picture", "text/plain")
    wait_until(lambda: "AIS.0102" in text_of(browser, "#answer"), "the reason")


def test_with_credentials_the_page_asks_and_shows_its_projects_plates_only(
    browser: WebDriver, tmp_path: Path
) -> None:
    path = tmp_path / "credentials.yaml"
    projects = {name: {"tokens": [hash_token(f"{name}-t0ken")]} for name in ("p1", "p2")}
    path.write_text(json.dumps({"projects": projects}))
    settings = WebSettings(port=0, credentials=path)
    with open_interface(settings, reader=scenes.SceneReader()) as interface:
        open_page(browser, interface)
        assert text_of(browser, "#connection") == "signed out"
        browser.find_element(By.ID, "project").send_keys("p1")
        browser.find_element(By.ID, "token").send_keys("p1-t0ken" + Keys.ENTER)
        wait_live(browser)
        assert browser.execute_script("return document.cookie + localStorage.length") == "0"
        for project, name in (("p2", "scene-08.jpg"), ("p1", "scene-09.jpg")):
            answer = interface.client.post(
                f"/v2/{project}/ocr/license-plate",
                json={"image": base64.b64encode(scenes.picture(name)).decode()},
                headers={"X-Auth-Token": f"{project}-t0ken"},
            )
            assert answer.status_code == 200
        interface.http.hub.offer(stream_outcome("scene-00.jpg", "gate"))
        drop_picture(browser, SCENE, scenes.picture(SCENE))
        expected = sorted(scenes.texts("scene-09.jpg") + scenes.texts(SCENE))
        wait_until(lambda: sorted(cards(browser)) == expected, "the project's own plates")
        assert complaints(browser) == []


def test_a_wrong_token_is_told(browser: WebDriver, tmp_path: Path) -> None:
    path = tmp_path / "credentials.yaml"
    path.write_text(json.dumps({"projects": {"p1": {"tokens": [hash_token("t0ken")]}}}))
    with open_interface(WebSettings(port=0, credentials=path)) as interface:
        open_page(browser, interface)
        browser.find_element(By.ID, "project").send_keys("p1")
        browser.find_element(By.ID, "token").send_keys("wrong" + Keys.ENTER)
        wait_until(lambda: "does not know" in text_of(browser, "#sign-in-error"), "the reason")
