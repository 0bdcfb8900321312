from platestream.vision.picture.png import read_png
from tests.pictures.containers import exif_block, png_chunk, png_with_exif
from tests.pictures.pixels import good_picture


def test_orientation_may_stand_behind_the_pixels() -> None:
    data = good_picture(".png")
    header = read_png(data[:-12] + png_chunk(b"eXIf", exif_block(8)) + data[-12:])
    assert (header.width, header.height, header.orientation) == (80, 60, 8)


def test_of_two_exif_chunks_the_first_counts() -> None:
    data = png_with_exif(png_with_exif(good_picture(".png"), exif_block(6)), exif_block(1))
    assert read_png(data).orientation == 1
