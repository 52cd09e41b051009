"""The studio in a browser: the mail runs nothing, what changes is shown, the keyboard reaches all of it."""

import os
import shutil

import pytest

from digest.model.edit import Act, Edit
from digest.newsroom import hand
from digest.shipped import shipped
from digest.web.studio.asked import PANELS

pytestmark = pytest.mark.chromium

FRAME = "document.getElementById('frame').contentDocument"

FAINT = """(() => {
  const parts = (colour) => colour.match(/[\\d.]+/g).map(Number);
  const light = (colour) => parts(colour).slice(0, 3).map((part) => part / 255)
    .map((part) => part <= .04045 ? part / 12.92 : ((part + .055) / 1.055) ** 2.4)
    .reduce((sum, part, index) => sum + part * [.2126, .7152, .0722][index], 0);
  const ground = (element) => {
    for (let one = element; one; one = one.parentElement) {
      const colour = getComputedStyle(one).backgroundColor;
      if ((parts(colour)[3] ?? 1) > .99) return colour;
    }
    return "rgb(255, 255, 255)";
  };
  return [...document.querySelectorAll("body *")].filter((element) =>
    [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim()) &&
    element.checkVisibility() && !element.matches(":disabled, option, .unseen, .skip"))
    .map((element) => {
      const [high, low] = [light(getComputedStyle(element).color), light(ground(element))].sort((a, b) => b - a);
      return [element.textContent.trim().slice(0, 40), (high + .05) / (low + .05)];
    }).filter(([, ratio]) => ratio < 4.5);
})()"""
"""Every text of the page that has less contrast than WCAG asks for."""

CALLED = (
    """(({ tagName, id, textContent }) => tagName === "A" || !id ? textContent.trim() : id)(document.activeElement)"""
)
"""What has the focus."""

HIDDEN = """(Object.defineProperty(document, "hidden", { value: %s, configurable: true }),
  document.dispatchEvent(new Event("visibilitychange")))"""
"""The tab put behind another one, or before it."""


@pytest.fixture(autouse=True)
def _chromium():
    if shutil.which("chromium") is None:
        (pytest.fail if os.environ.get("DIGEST_TEST_ALL") else pytest.skip)("chromium is not on this machine")


def entered(room, browser, query=""):
    """The browser in the studio, with a mail in its frame."""
    visitor, path = room.serve()
    browser.open(f"{visitor.url}{path}")
    browser.until("location.pathname === '/'")
    if query:
        browser.open(f"{visitor.url}/?{query}")
    browser.until(f"{FRAME}.readyState === 'complete' && {FRAME}.querySelector('h1')")
    return visitor


def test_the_page_loads_without_a_complaint_and_shows_the_mail(room, browser):
    entered(room, browser)
    assert browser.value(f"{FRAME}.querySelector('h1').textContent") == "The Daily Digest"
    assert browser.value("getComputedStyle(document.querySelector('.top')).borderTopWidth") == "4px"
    assert browser.complaints == []


def test_no_script_in_a_mail_runs(room, browser):
    own = room.templates / "mail" / "digest.html"
    own.parent.mkdir()
    bad = '<script>parent.document.title="taken"</script><img src="/x" onerror="parent.document.title=\'taken\'">'
    own.write_text(shipped_text("mail/digest.html").replace("{% block facts %}", "{% block facts %}" + bad))
    entered(room, browser)
    assert browser.value(f"{FRAME}.querySelectorAll('script').length") == 1
    assert browser.value("document.title") != "taken"


def test_the_mail_is_shown_anew_when_a_template_is_written_and_keeps_its_scroll(room, browser):
    entered(room, browser)
    browser.value("document.getElementById('frame').contentWindow.scrollTo(0, 700)")
    browser.value("window.untouched = true")
    own = room.templates / "words" / "en.toml"
    own.parent.mkdir()
    own.write_text(shipped_text("words/en.toml").replace("Top stories", "Above the fold"))
    browser.until(f"{FRAME}.body && {FRAME}.body.textContent.includes('Above the fold')")
    browser.until("document.getElementById('frame').contentWindow.scrollY === 700")
    assert browser.value("window.untouched") is True

    (room.templates / "mail").mkdir()
    (room.templates / "mail" / "_story.html").write_text("{{ nothing }}")
    browser.until("document.querySelector('.fault')?.textContent.includes('_story.html, line 1')")
    browser.until("!document.querySelector('.size strong') && !document.querySelector('[aria-label=Width]')")
    (room.templates / "mail" / "_story.html").unlink()
    browser.until(f"document.getElementById('frame') && {FRAME}.body?.textContent.includes('Above the fold')")
    browser.until("document.querySelector('.size strong') && document.querySelector('[aria-label=Width]')")


def test_a_tab_that_nobody_sees_asks_for_nothing_and_catches_up_when_it_is_seen(room, browser):
    entered(room, browser)
    browser.value(HIDDEN % "true")
    own = room.templates / "words" / "en.toml"
    own.parent.mkdir()
    own.write_text(shipped_text("words/en.toml").replace("Top stories", "Above the fold"))
    with pytest.raises(AssertionError, match="did not come true"):
        browser.until(f"{FRAME}.body?.textContent.includes('Above the fold')", seconds=4)
    browser.value(HIDDEN % "false")
    browser.until(f"{FRAME}.body?.textContent.includes('Above the fold')")


@pytest.mark.parametrize(
    ("width", "scheme"), [("320", "dark"), ("375", "light"), ("414", "inverted"), ("600", "outlook")]
)
def test_the_mail_is_as_wide_and_as_dark_as_it_is_asked_to_be(room, browser, width, scheme):
    browser.look(1280, 860)
    entered(room, browser, f"width={width}&scheme={scheme}")
    assert browser.value(f"{FRAME}.documentElement.clientWidth") == int(width)
    paper = browser.value(f"getComputedStyle({FRAME}.querySelector('.paper')).backgroundColor")
    assert (sum(map(int, paper[4:-1].split(","))) < 200) is (scheme in ("dark", "outlook"))
    turned = browser.value(f"getComputedStyle({FRAME}.documentElement).filter")
    assert ("invert" in turned) is (scheme == "inverted")


def test_arrow_keys_change_the_width(room, browser):
    browser.look(1280, 860)
    entered(room, browser)
    browser.until("document.querySelector('.ruler output')?.value === '600 px'")
    browser.value("document.querySelector('.ruler input').focus()")
    for _ in range(3):
        browser.press("ArrowLeft", 37)
    browser.until(f"{FRAME}.documentElement.clientWidth === 597")


def test_every_control_is_reached_by_the_tab_key_and_shows_that_it_is(room, browser):
    browser.look(1280, 860)
    entered(room, browser)
    reached = set()
    for _ in range(150):
        browser.press("Tab", 9)
        reached.add(browser.value(CALLED))
        outline = browser.value("getComputedStyle(document.activeElement).outlineStyle")
        assert outline != "none" or browser.value("['BODY', 'IFRAME'].includes(document.activeElement.tagName)")
    reached = {name.split(" ")[0] if name.startswith("Checks") else name for name in reached}
    wanted = {"edition", "reader", "Show", "Skip to the mail", "Headers", "Inverted", "320", "Off", "Checks", "Send"}
    assert wanted <= reached


def test_nothing_is_wider_than_the_window(room, browser):
    visitor = entered(room, browser)
    for width in (320, 360, 768, 1280):
        browser.look(width, 800)
        for panel in PANELS:
            browser.open(f"{visitor.url}/?panel={panel}")
            assert browser.value("document.documentElement.scrollWidth <= innerWidth"), (width, panel)
            desk = "document.getElementById('desk')"
            assert browser.value(f"{desk}.scrollWidth <= {desk}.clientWidth"), (width, panel)


def test_nothing_lies_over_the_wishes(room, browser):
    browser.look(1280, 860)
    entered(room, browser)
    browser.value("document.getElementById('wishes').open = true")
    for scrolled in (0, 400):
        browser.value(f"document.getElementById('desk').scrollTop = {scrolled}")
        assert browser.value("""(({ x, y, height }) => [...Array(50).keys()].every((part) =>
          document.elementFromPoint(x + 90, y + 2 + (height - 4) * part / 50).closest(".sheet")))(
          document.querySelector(".wishes .sheet").getBoundingClientRect())""")


def test_the_paper_is_edited_by_the_keyboard_alone(held_room, browser):
    entered(held_room, browser)
    edition = held_room.app.store.editions.get(1)
    second = edition.bench[edition.lineup.picks[1].index].story
    browser.value(f"document.getElementById('up-{second.id}').focus()")
    browser.press("Enter", 13)
    browser.until("document.querySelector('.notice:not([hidden])')?.textContent.includes('to place 1')")
    browser.until(f"document.querySelector('.lineup li').id === 'story-{second.id}'")
    assert held_room.app.store.editions.get(1).hand.order
    assert browser.complaints == []


def test_what_was_refused_stays_and_says_when_something_changes(held_room, browser):
    browser.look(1280, 860)
    entered(held_room, browser, "panel=send")
    browser.value("document.getElementById('test-address').value = 'nobody'")
    browser.value("document.getElementById('test-address').focus()")
    browser.press("Enter", 13)
    browser.until("location.pathname === '/test' && document.getElementById('refusal')")
    hand.change(held_room.app, 1, Edit(act=Act.NOTE, text="Somebody else was here."), by="ines")
    browser.until("!document.getElementById('stale').hidden")
    assert browser.value("document.getElementById('test-address').value") == "nobody"


def test_what_somebody_is_typing_is_left_alone(held_room, browser):
    entered(held_room, browser)
    browser.value("(document.getElementById('note').open = true, document.getElementById('note-text').focus())")
    browser.tell("Input.insertText", text="We are b")
    hand.change(held_room.app, 1, Edit(act=Act.NOTE, text="Somebody else was here."), by="ines")
    browser.until("!document.getElementById('stale').hidden")
    assert browser.value("document.getElementById('note-text').value") == "We are b"
    browser.until(f"{FRAME}.body?.textContent.includes('Somebody else was here.')")


def test_no_text_is_too_faint_in_either_scheme(held_room, browser):
    visitor = entered(held_room, browser)
    browser.look(1280, 900)
    for dark in (False, True):
        browser.look(1280, 900, dark=dark)
        for panel in PANELS:
            browser.open(f"{visitor.url}/?panel={panel}")
            assert browser.value(FAINT) == [], (dark, panel)


def shipped_text(name):
    """A template as shipped."""
    return (shipped("templates") / name).read_text()
