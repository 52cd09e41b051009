"""Markup, entities, blanks, markers and tails."""

import re

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from digest.feeds.sanitize import clean_text, clean_title, lead

LIVE = re.compile(r"<[A-Za-z/!?]")


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>One</p><p>Two</p>", "One\nTwo"),
        ("One<br>two<br><br>Three", "One two\nThree"),
        ("<ul><li>One<li>Two</ul>", "One\nTwo"),
        ("<table><tr><td>A</td><td>B</td></tr><tr><td>C</td></tr></table>", "A B\nC"),
        ("H<sub>2</sub>O and <em>more</em><b>over</b>", "H2O and moreover"),
        ("AT&amp;T &lt; you &nbsp; &#8217;s &hellip;", "AT&T < you’s …"),
        ("Fish &amp;amp; chips &amp;#8212; cheap", "Fish & chips — cheap"),
        ("&lt;p&gt;Escaped&lt;/p&gt;&lt;p&gt;twice&lt;/p&gt;", "Escaped\ntwice"),
        ("&amp;lt;p&amp;gt;Escaped&amp;lt;/p&amp;gt;", "Escaped"),
        ("plain\ntext\n\nin two", "plain text\nin two"),
        ("5 < 6 and 7 > 6", "5 < 6 and 7 > 6"),
        ("if x<y then z", "if x‹y then z"),
        ("a List<String> of names", "a List‹String› of names"),
        ("Use &lt;b&gt; sparingly", "Use ‹b› sparingly"),
        ("<p>Kept<script>alert(1)</script><style>p{}</style><iframe>x</iframe></p>", "Kept"),
        ("<p>Kept <span style='display: none'>hidden</span><span hidden>too</span></p>", "Kept"),
        ("<p>Kept</p><div class='jp-relatedposts'>Other</div><aside>Aside</aside><div id='ad-slot'>Buy</div>", "Kept"),
        ("<p>Kept</p><div class='post-content comments-open has-ads'>too</div>", "Kept\ntoo"),
        ("<h2>Background</h2><p>It rained.</p>", "It rained."),
        ("<h2>Only a heading</h2>", "Only a heading"),
        ("<p>Unclosed <b>bold <i>tags", "Unclosed bold tags"),
        (
            "<p>The <a>mayor</a> , the <a>council</a> and Smith <a>’s</a> dog ( <a>here</a> ) .</p>",
            "The mayor, the council and Smith’s dog (here).",
        ),
        ("<!-- comment --><p>Text<!-- more --></p>", "Text"),
        ("", ""),
        ("   \n ", ""),
    ],
)
def test_markup_becomes_paragraphs(html, text):
    assert clean_text(html) == text


@pytest.mark.parametrize(
    "tail",
    [
        "Read more",
        "Read More »",
        "[Read more...]",
        "<a href='x'>Continue reading <span>Rain in Port Vale</span> →</a>",
        "Read the full story at Vale Courier",
        "Click here to view the article.",
        "(more…)",
        "The post <a>It rained</a> appeared first on <a>Weather Blog</a>.",
        "This article was originally published on Weather Blog.",
        "Weiterlesen",
        "Mehr lesen",
        "Der Beitrag Regen erschien zuerst auf Wetterblog.",
        "Lire la suite",
        "L’article Pluie est apparu en premier sur Météo.",
        "Leer más",
        "Sigue leyendo",
        "La entrada Lluvia se publicó primero en Tiempo.",
        "submitted by /u/rain [link] [comments]",
    ],
)
@pytest.mark.parametrize("joint", [" ", "</p><p>", "<br>"])
def test_tails_are_cut(tail, joint):
    text = "It rained all day in Port Vale, and nobody in the streets minded, not even the mayor."
    assert clean_text(f"<p>{text}{joint}{tail}</p>") == text


@pytest.mark.parametrize(
    "text",
    [
        "He sat down to read more.",
        "She wants to read more books about the harbour and its tunnel.",
        "Advertisement revenue fell. Advertising is a trade.",
        "Photo editors of the Courier met in Port Vale on Monday to choose the picture of the year.",
        "Related costs rose by a third, the council said.",
        "The by-law passed. By Monday it was law.",
        "Comments by the mayor made matters worse.",
        "Reuters reported the sale on Monday, citing two people.",
        "He may pay and/or appeal (he has until May).",
        "«\u00a0Oui\u00a0», a-t-il dit\u00a0: 10\u00a0000\u00a0€.",
        "Share prices fell in early trading.",
        "In 2026 comments were few.",
    ],
)
def test_sentences_that_only_look_like_clutter_stay(text):
    prose = "It rained all day in Port Vale, and nobody in the streets minded, not even the mayor."
    assert clean_text(f"<p>{text}</p><p>{prose}</p>") == f"{text}\n{prose}"


@pytest.mark.parametrize(
    "line",
    [
        "Photo: Jo Lens",
        "Photo by Jo Lens on Unsplash",
        "Image credit: NASA",
        "Credit: Jo Lens/Getty Images",
        "© 2026 Vale Courier",
        "(Reuters)",
        "AP Photo/Jo Lens",
        "Jo Lens/AFP",
        "FILE PHOTO: A man walks past the town hall in Port Vale, March 1, 2026. REUTERS/Jo Lens",
        "A man walks past the town hall in Port Vale. (AP Photo/Jo Lens)",
        "The town hall in winter. | Photo: Jo Lens",
        "Foto: Jo Linse/dpa",
        "Sponsored",
        "Advertisement Advertisement",
        "2 hours ago",
        "vor 3 Stunden",
        "5 min read",
        "By Ada Quill and Jo Lens",
        "Published: 2 March 2026, 6:10 am",
        "READ ALSO: Why the ferry will stay",
        "12 Comments",
        "submitted by /u/rain to /r/vale",
        "[link] [12 comments]",
    ],
)
def test_lines_that_are_no_part_of_the_article_go(line):
    first = "It rained all day in Port Vale, and nobody in the streets minded, not even the mayor."
    second = "On Tuesday the sun came out again for an hour or two, to the surprise of all."
    assert clean_text(f"<p>{first}</p><p>{line}</p><p>{second}</p>") == f"{first}\n{second}"


def test_a_credit_behind_the_only_sentence_goes():
    assert (
        clean_text("Drivers queue at the toll. (Photo by Jo Lens / AFP) (Photo by Jo Lens/AFP)")
        == "Drivers queue at the toll."
    )
    assert clean_text("The tunnel opened on Monday. (Reuters)") == "The tunnel opened on Monday."
    assert clean_text("He paid (with credit).") == "He paid (with credit)."


def test_a_dateline_of_an_agency_goes():
    assert clean_text("PORT VALE (Reuters) - The tunnel opened.") == "The tunnel opened."
    assert clean_text("Port Vale (dpa) – Der Tunnel ist offen.") == "Der Tunnel ist offen."


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>Rain in Port Vale</p><p>It rained.</p>", "It rained."),
        ("Rain in Port Vale. It rained.", "It rained."),
        ("RAIN IN PORT VALE – It rained.", "It rained."),
        ("Rain in Port Vale", ""),
        ("Rain in Port Vale kept falling on Monday.", "Rain in Port Vale kept falling on Monday."),
        ("It rained. Rain in Port Vale.", "It rained. Rain in Port Vale."),
    ],
)
def test_the_title_is_not_repeated(html, text):
    assert clean_text(html, title="Rain in Port Vale") == text


@pytest.mark.parametrize(
    ("html", "title"),
    [
        ("Rain &amp; sun", "Rain & sun"),
        ("Rain &amp;amp; sun", "Rain & sun"),
        ("<b>Rain</b> in\n <i>Port</i>&nbsp;Vale", "Rain in Port Vale"),
        ("\u202eRain\u202c\u200b in\x00 Port\ud800 Vale\ufeff", "Rain in Port\ufffd Vale"),
        ("<script>alert(1)</script>", ""),
        ("Why 5 < 6", "Why 5 < 6"),
        ("می‌خواهم 👩‍🚀", "می‌خواهم 👩‍🚀"),
    ],
)
def test_titles_are_one_clean_line(html, title):
    assert clean_title(html) == title


PIECES = st.sampled_from(
    [
        "<p>",
        "</p>",
        "<div class='ad'>",
        "</div>",
        "<b",
        "<",
        ">",
        "&lt;",
        "&amp;",
        "&#x3c;",
        "script",
        " ",
        "\n",
        "<!--",
        "-->",
        "Read more",
        "Photo: ",
        "(Reuters)",
        ".",
        "…",
        "<br>",
        "<svg/onload=x>",
        "a" * 50,
        "\u202e",
        "\ud83d",
        "é",
        "漢",
        "\0",
        "<![CDATA[",
        "]]>",
        "<?x",
        "'",
        '"',
        "=",
        "/",
        "[",
        "]",
        "<a href=x>",
        "</a>",
        "The post ",
        " appeared first on ",
    ]
)


@settings(max_examples=300, deadline=None)
@given(st.lists(PIECES | st.text(max_size=20), max_size=40).map("".join))
@example("<" * 50 + "img src=x onerror=alert(1)//" + ">" * 3)
@example("&amp;amp;amp;lt;script&amp;amp;amp;gt;")
def test_no_markup_ever_comes_out(html):
    for text in (
        clean_text(html),
        clean_text(html, title="Title"),
        clean_title(html),
        lead(clean_text(html), limit=40),
    ):
        assert not LIVE.search(text)
        assert "\0" not in text
        text.encode()
    assert "\n" not in clean_title(html)
    assert len(lead(clean_text(html), limit=40)) <= 40


@settings(max_examples=50, deadline=None)
@given(st.lists(PIECES, max_size=30).map("".join))
def test_clean_text_is_clean(html):
    text = clean_text(html)
    assert not re.search(r"[\t\r\x00-\x08]|  |^\s|\s$", text.replace("\n", ""))


@pytest.mark.timeout(20)
@pytest.mark.parametrize(
    "piece",
    [
        "<div>",
        "<b>",
        "<a href=x>",
        "<p><font>",
        "<table><tr><td>",
        "<",
        "&",
        "&amp;",
        "&lt;p&gt;",
        "<!--",
        "<![CDATA[",
        "x",
        "x ",
        " ",
        "(",
        "[",
        "The post ",
        "Read more ",
        "Photo: ",
        "| ",
        ". ",
        "…",
        "\u0301",
        "\u200d",
        "🇩🇪",
        "A.",
        "a,",
        "Ã¤",
        "<x y=",
        "'",
        "- ",
        "</p>",
        "<br>",
        "<p>Advertisement</p>",
        "<li>Related",
        "@",
        "a@",
        "(Reuters) - ",
        "AP/",
        "«\u00a0",
    ],
)
def test_long_input_takes_no_longer_than_long(piece):
    html = piece * (150_000 // len(piece))
    text = clean_text(html, title=piece * 100)
    assert len(lead(text, limit=1000)) <= 1000
    clean_title(html)
