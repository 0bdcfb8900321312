import ctypes
import os
import threading
import zlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import pytest

from platestream.contract.errors import FrameError
from platestream.vision.picture.c_stderr import silenced
from platestream.vision.picture.decode import decode_picture
from platestream.vision.settings import PictureLimits
from tests.pictures.containers import png_chunk
from tests.pictures.pixels import good_picture
from tests.pictures.rare import padded_jpeg
from tests.pictures.table import bad_pictures, good_pictures

pytestmark = pytest.mark.skipif(
    "CS_GNU_LIBC_VERSION" not in os.confstr_names, reason="only glibc's stderr can be assigned"
)
LIMITS = PictureLimits()
libc = ctypes.CDLL(None)


def print_in_c(text: str) -> None:
    stream = ctypes.c_void_p.in_dll(libc, "stderr")
    libc.fputs(text.encode(), stream)
    libc.fflush(stream)


def png_with_a_broken_profile() -> bytes:
    data = good_picture(".png")
    profile = png_chunk(b"iCCP", b"x\0\0" + zlib.compress(b"short"))
    return data[:33] + profile + data[33:]


def png_with_a_wrong_text_checksum() -> bytes:
    data = good_picture(".png")
    return data[:33] + png_chunk(b"tEXt", b"a\0b")[:-1] + b"!" + data[33:]


@pytest.mark.parametrize(
    "make", [padded_jpeg, png_with_a_broken_profile, png_with_a_wrong_text_checksum]
)
def test_a_warning_of_the_decoder_does_not_come_out(
    make: Callable[[], bytes], capfd: pytest.CaptureFixture[str]
) -> None:
    decode_picture(make(), LIMITS)
    assert capfd.readouterr().err == ""


def test_no_picture_of_the_tables_prints_a_line(capfd: pytest.CaptureFixture[str]) -> None:
    tolerant = PictureLimits(tolerate_truncated=True)
    pictures = [p.data for p in good_pictures()] + [p.data for p in bad_pictures()]
    for data in pictures:
        for limits in (LIMITS, tolerant):
            with suppress(FrameError):
                decode_picture(data, limits)
    assert capfd.readouterr().err == ""


def test_c_prints_again_afterwards(capfd: pytest.CaptureFixture[str]) -> None:
    with silenced():
        print_in_c("lost\n")
        with silenced():
            print_in_c("lost\n")
        print_in_c("lost\n")
    print_in_c("last words\n")
    assert capfd.readouterr().err == "last words\n"


def test_it_prints_again_after_an_error(capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(RuntimeError), silenced():
        raise RuntimeError
    print_in_c("heard\n")
    assert capfd.readouterr().err == "heard\n"


def test_other_threads_lines_come_out_whole_while_pictures_are_decoded(
    capfd: pytest.CaptureFixture[str],
) -> None:
    padded, done = padded_jpeg(), threading.Event()
    lines = [f'{{"event": "line {number}"}}\n' for number in range(2000)]

    def log() -> None:
        for line in lines:
            os.write(2, line.encode())
        done.set()

    def decode() -> int:
        count = 0
        while not done.is_set() or count < 50:
            decode_picture(padded, LIMITS)
            count += 1
        return count

    with ThreadPoolExecutor(5) as pool:
        decoders = [pool.submit(decode) for _ in range(4)]
        pool.submit(log).result()
        assert all(decoder.result() >= 50 for decoder in decoders)
    assert capfd.readouterr().err == "".join(lines)
