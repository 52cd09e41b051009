"""Whole saved pages, all of them invented, become the text a reader wants."""

import pytest

from digest.feeds.sanitize import clean_text

AGGREGATOR = """
<header><a href="/">All the Day's News</a></header><nav><ul><li>World</li><li>Sport</li></ul></nav>
<main><h1>Harbour tunnel opens after nine years</h1>
<div class="byline">By Ada Quill</div><div>3 hours ago</div><div>4 min read</div>
<div class="ai-features"><button>Summarise</button><p>Ask AI</p><p>Listen to this article</p></div>
<p>Harbour tunnel opens after nine years</p>
<p>The harbour tunnel opened to traffic on Monday, nine years after work began, the
<a href="https://c.example/"> city council </a>, said ( <a href="/pdf">pdf</a> ).</p>
<p>Advertisement</p>
<figure><img src="a.jpg" alt="Cars"><figcaption>Cars queue at the toll. Photo: Jo Lens/Reuters</figcaption></figure>
<p>Engineers had struck water in the eastern tube twice&nbsp;&mdash; in 2019
and 2021 &mdash; and had to start again.</p>
<p><strong>ADVERTISEMENT</strong></p>
<p class="wp-caption-text">The mayor cuts a ribbon.</p>
<p>A crane lifts the last segment into place on Friday. [Jo Lens/AFP]</p>
<p>Image credit: City of Port Vale</p><p>(Reuters)</p>
<p>Story continues below advertisement</p>
<p>A toll of two crowns applies from June, and residents of both banks pay half of that. Advertisement
Buses are free.</p>
<p>Read also: Why the ferry will stay</p>
<p>The old ferry will run until the autumn.</p>
<h3>Related Articles</h3>
<div><a href="1">Tunnel toll to rise in June</a><span>Vale Courier</span><span>2 hours ago</span></div>
<div><a href="2">Tunnel toll will rise in June</a><span>Harbour Herald</span><span>5 hours ago</span></div>
<h3>Comments</h3><p>No comments yet</p><p>Be nice to each other when you write below this article, please.</p>
<div>Download the app</div><p>All the news in your pocket, wherever you go and whenever you want it.</p></main>
<footer>About us</footer><script>alert(1)</script><style>p{}</style>
"""

AGGREGATOR_TEXT = """\
The harbour tunnel opened to traffic on Monday, nine years after work began, the city council, said (pdf).
Engineers had struck water in the eastern tube twice — in 2019 and 2021 — and had to start again.
A toll of two crowns applies from June, and residents of both banks pay half of that. Buses are free.
The old ferry will run until the autumn."""

GERMAN = """
<h1>Tunnel nach neun Jahren eröffnet</h1><p>Von Ada Feder</p><p>Stand: 2. März 2026, 06:10 Uhr</p>
<p>Der Hafentunnel ist am Montag nach neun Jahren Bauzeit für den Verkehr freigegeben worden.</p>
<p>Anzeige</p><p>Foto: Jo Linse/dpa</p><p>Bildquelle: Stadt Port Vale</p>
<p>Zweimal war Wasser in die östliche Röhre eingedrungen.</p><p>Lesen Sie nach der Anzeige weiter</p>
<p>Lesen Sie auch: Warum die Fähre bleibt</p><p>Die Fähre fährt bis zum Herbst. Weiterlesen →</p>
<h2>Das könnte Sie auch interessieren</h2><ul><li>Maut steigt</li></ul><h2>Kommentare</h2><p>Noch keine Kommentare</p>
<p>Der Beitrag <a>Tunnel</a> erschien zuerst auf <a>Hafenbote</a>.</p>
"""

FRENCH = """
<h1>Le tunnel ouvre enfin</h1><p>Par Ada Plume</p><p>Publié le 2 mars 2026 à 6h10</p>
<p>Le tunnel du port a ouvert lundi à la circulation, neuf ans après : une première&nbsp;!</p>
<p>Publicité</p><p>Crédit photo : Jo Objectif</p><p>La suite après la publicité</p>
<p>L’eau avait envahi le tube est à deux reprises.</p><p>À lire aussi : Pourquoi le bac restera</p>
<p>Le bac circulera jusqu’à l’automne. Lire la suite</p><h3>Sur le même sujet</h3><p><a>Le péage augmente</a></p>
<h3>Commentaires</h3><p>Aucun commentaire</p><p>Téléchargez l’application</p>
"""

SPANISH = """
<h1>El túnel abre por fin</h1><p>Por Ada Pluma</p><p>Actualizado el 2 de marzo de 2026</p><p>hace 3 horas</p>
<p>El túnel del puerto abrió el lunes al tráfico, nueve años después del inicio de las obras.</p>
<p>PUBLICIDAD</p><p>Foto: Jo Lente (EFE)</p><p>Continúa después de la publicidad</p>
<p>El agua había entrado dos veces en el tubo este.</p><p>Lea también: Por qué sigue el transbordador</p>
<p>El transbordador seguirá hasta el otoño. Leer más</p><h3>Te puede interesar</h3><p><a>Sube el peaje</a></p>
<p>Sin comentarios</p><p>Descarga la app</p><p>La entrada Túnel se publicó primero en Correo del Puerto.</p>
"""


def test_a_saved_aggregator_page_gives_the_story_alone():
    assert clean_text(AGGREGATOR, title="Harbour tunnel opens after nine years") == AGGREGATOR_TEXT


@pytest.mark.parametrize(
    ("page", "paragraphs"),
    [
        (
            GERMAN,
            [
                "Der Hafentunnel ist am Montag nach neun Jahren Bauzeit für den Verkehr freigegeben worden.",
                "Zweimal war Wasser in die östliche Röhre eingedrungen.",
                "Die Fähre fährt bis zum Herbst.",
            ],
        ),
        (
            FRENCH,
            [
                "Le tunnel du port a ouvert lundi à la circulation, neuf ans après : une première\u00a0!",
                "L’eau avait envahi le tube est à deux reprises.",
                "Le bac circulera jusqu’à l’automne.",
            ],
        ),
        (
            SPANISH,
            [
                "El túnel del puerto abrió el lunes al tráfico, nueve años después del inicio de las obras.",
                "El agua había entrado dos veces en el tubo este.",
                "El transbordador seguirá hasta el otoño.",
            ],
        ),
    ],
    ids=["de", "fr", "es"],
)
def test_pages_in_other_languages_too(page, paragraphs):
    assert clean_text(page).split("\n") == paragraphs


def test_the_same_page_as_plain_lines_gives_the_same_story():
    lines = [
        "Harbour tunnel opens after nine years",
        "By Ada Quill",
        "The harbour tunnel opened to traffic on Monday, nine years after work began, the city council said.",
        "Advertisement",
        "Photo: Jo Lens / Vale Courier",
        "A toll of two crowns applies from June.",
        "Related stories",
        "Tunnel toll to rise",
        "No comments yet",
    ]
    text = clean_text("\n\n".join(lines), title=lines[0])
    assert text.split("\n") == [lines[2], lines[5]]


def test_a_story_goes_on_after_a_list_of_related_articles():
    prose = "The council will meet again on Thursday to decide on the toll for lorries and buses, its speaker said."
    page = (
        f"<p>{prose}</p><p>Related articles</p><ul><li>Toll to rise</li><li>Ferry stays</li></ul><p>{prose} Twice.</p>"
    )
    assert clean_text(page) == f"{prose}\n{prose} Twice."
