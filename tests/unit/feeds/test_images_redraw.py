"""Lead images made anew."""

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, PngImagePlugin

from digest.errors import ParseError
from digest.feeds.images import LOGO, WIDEST, redraw, redraw_logo


def picture(size: tuple[int, int], *, mode: str = "RGB", kind: str = "PNG", color: object = "navy", **saved) -> bytes:
    out = io.BytesIO()
    Image.new(mode, size, color).save(out, kind, **saved)
    return out.getvalue()


def seen(jpeg: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(jpeg))
    image.load()
    return image


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF"])
def test_images_become_jpegs_of_bounded_width(kind: str) -> None:
    for before, after in (((600, 400), (600, 400)), ((2400, 1600), (1200, 800)), ((1201, 801), (1200, 800))):
        width, height, jpeg = redraw(picture(before, kind=kind))
        image = seen(jpeg)
        assert image.format == "JPEG"
        assert (width, height) == image.size == after
        assert width <= WIDEST


@pytest.mark.parametrize("size", [(199, 150), (20, 20), (1, 1), (1300, 200), (300, 900)])
def test_small_and_odd_images_are_none(size: tuple[int, int]) -> None:
    with pytest.raises(ParseError, match=r"small|shape"):
        redraw(picture(size))


def test_too_many_pixels_are_not_decoded() -> None:
    with pytest.raises(ParseError, match="pixels"):
        redraw(picture((9000, 5000), mode="1", color=0))


def test_a_bomb_of_pixels_is_not_decoded() -> None:
    with pytest.raises(ParseError, match="pixels"):
        redraw(picture((20_000, 20_000), mode="1", color=0))


@pytest.mark.parametrize("kind", ["BMP", "TIFF", "ICO", "PPM"])
def test_other_formats_are_not_even_tried(kind: str) -> None:
    with pytest.raises(ParseError, match="no image"):
        redraw(picture((255, 255), kind=kind))


def test_transparency_becomes_white() -> None:
    _, _, jpeg = redraw(picture((300, 200), mode="RGBA", color=(0, 0, 0, 0)))
    assert seen(jpeg).getpixel((150, 100)) == (255, 255, 255)
    _, _, jpeg = redraw(picture((300, 200), mode="P", color=0, transparency=0))
    assert seen(jpeg).getpixel((150, 100)) == (255, 255, 255)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "I;16", "CMYK"])
def test_every_kind_of_colour_is_understood(mode: str) -> None:
    content = picture((300, 200), mode=mode, kind="JPEG" if mode == "CMYK" else "PNG", color=0)
    assert seen(redraw(content)[2]).mode == "RGB"


def test_an_image_stands_upright_and_carries_no_metadata() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x010E] = "taken at home"
    exif.get_ifd(0x8825)[1] = "N"
    content = picture((600, 400), kind="JPEG", exif=exif, comment=b"taken at home", icc_profile=b"profile" * 9)
    width, height, jpeg = redraw(content)
    assert (width, height) == (400, 600)
    image = seen(jpeg)
    assert not image.getexif()
    assert b"home" not in jpeg
    assert b"profile" not in jpeg
    assert "comment" not in image.info


def test_comments_of_other_formats_are_left_out_too() -> None:
    notes = PngImagePlugin.PngInfo()
    notes.add_text("comment", "taken at home")
    assert b"home" not in redraw(picture((300, 200), pnginfo=notes))[2]
    assert b"home" not in redraw(picture((300, 200), kind="GIF", comment=b"taken at home"))[2]


def test_only_the_first_frame_of_an_animation_is_shown() -> None:
    frames = [Image.new("RGB", (300, 200), color) for color in ("red", "blue")]
    out = io.BytesIO()
    frames[0].save(out, "GIF", save_all=True, append_images=frames[1:])
    red, _, blue = seen(redraw(out.getvalue())[2]).getpixel((150, 100))
    assert red > 200
    assert blue < 50


def test_the_same_image_makes_the_same_bytes() -> None:
    content = picture((600, 400))
    assert redraw(content) == redraw(content)


WHOLE = [picture((300, 200), kind=kind, color="teal") for kind in ("PNG", "JPEG", "WEBP", "GIF")]


@given(st.sampled_from(WHOLE), st.data())
def test_broken_images_are_an_error_of_ours(content: bytes, data: st.DataObject) -> None:
    broken = bytearray(content[: data.draw(st.integers(0, len(content)))])
    for _ in range(data.draw(st.integers(0, 4))):
        if broken:
            broken[data.draw(st.integers(0, len(broken) - 1))] = data.draw(st.integers(0, 255))
    try:
        width, height, jpeg = redraw(bytes(broken))
    except ParseError:
        return
    assert seen(jpeg).size == (width, height)


@given(st.binary(max_size=300))
def test_garbage_is_an_error_of_ours(content: bytes) -> None:
    with pytest.raises(ParseError):
        redraw(content)


def test_a_logo_keeps_its_transparency_and_fits_its_box() -> None:
    logo, png = redraw_logo(picture((3000, 300), kind="PNG", mode="RGBA", color=(9, 9, 9, 0)))
    assert png.startswith(b"\x89PNG")
    assert (logo.width, logo.height) == (LOGO[0], 80)
    assert seen(png).getpixel((0, 0))[3] == 0
    assert redraw_logo(picture((3000, 300), kind="PNG", mode="RGBA", color=(9, 9, 9, 0))) == (logo, png)


def test_a_small_logo_is_left_small_and_what_is_no_picture_is_refused() -> None:
    assert redraw_logo(picture((40, 30)))[0].width == 40
    with pytest.raises(ParseError):
        redraw_logo(b"<svg xmlns='http://www.w3.org/2000/svg'/>")
    with pytest.raises(ParseError):
        redraw_logo(picture((9000, 5000), mode="1", color=0))
