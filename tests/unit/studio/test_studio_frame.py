"""The page of a mail as the frame of the studio shows it."""

import pytest

from digest.web.studio.frame import frame_headers, framed

PAGE = """<html lang="en"><head><style>.a{color:red}</style>
<style>@media ( Prefers-Color-Scheme : dark ) and (max-width:480px){.a{color:blue}}
@media (prefers-color-scheme:light){.b{color:red}}</style></head>
<body><p>(prefers-color-scheme:dark) </head></p>
<img src="https://news.example.org/images/0123abcd.jpg"><img src="https://other.example/images/x.jpg"></body></html>"""


def shown(scheme):
    return framed(PAGE, scheme=scheme, public_url="https://news.example.org")


@pytest.mark.parametrize(("scheme", "dark", "light"), [("dark", "min", "max"), ("light", "max", "min")])
def test_a_condition_on_the_scheme_is_decided_in_styles_alone(scheme, dark, light):
    page = shown(scheme)
    assert f"@media ({dark}-width:0) and (max-width:480px)" in page
    assert f"@media ({light}-width:0){{.b" in page
    assert "<p>(prefers-color-scheme:dark) </head></p>" in page
    assert f"color-scheme:{scheme}!important" in page


def test_the_inversion_is_forced_on_all_but_the_images():
    page = shown("inverted")
    assert ":root{color-scheme:light!important;background:#ffffff;filter:invert(1)" in page
    assert "img{filter:invert(1) hue-rotate(180deg)!important}" in page


def test_outlook_marks_the_page_instead_of_asking_the_scheme():
    assert '<html data-ogsc="" data-ogsb="" lang="en">' in shown("outlook")
    assert "data-ogsc" not in shown("light")


def test_our_images_come_from_this_machine_and_links_open_a_tab():
    page = shown("light")
    assert 'src="/images/0123abcd.jpg"' in page
    assert 'src="https://other.example/images/x.jpg"' in page
    assert page.count('<base target="_blank">') == 1
    assert framed(PAGE, scheme="light", public_url="").count("news.example.org") == 1


def test_no_policy_of_a_frame_allows_a_script_or_a_form():
    for images in (True, False):
        policy = frame_headers(images=images)["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "allow-scripts" not in policy
        assert "form-action 'none'" in policy
