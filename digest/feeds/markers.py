"""The words that stand around articles, by language: small letters, digits and single blanks only."""

MARKERS_BY_LANGUAGE = {
    "en": """
        ad; ads; advertisement; advertisment; advertising; sponsored; sponsored content; promoted; paid content;
        paid post; story continues below; story continues below advertisement; story continues after
        advertisement; article continues below; article continues below advertisement; article continues after
        advertisement; article continues below this ad; continue reading below; scroll to continue; scroll to
        continue with content; advertisement scroll to continue; skip ad; skip advertisement; advertisement skip
        advertisement; ad loading; share; share this; share article; share this article; share this story; share
        on facebook; share on x; share on twitter; tweet; email; print; save; copy link; follow us; subscribe;
        subscribe now; sign up; sign in; log in; listen; listen to this article; ask ai; ai summary; summarise
        with ai; summarize with ai; read in app; font size; report this ad; remove ads; link comments; click to
        enlarge
    """,
    "de": """
        anzeige; werbung; advertorial; gesponsert; artikel wird unten fortgesetzt; teilen; drucken; lesen sie
        nach der anzeige weiter; nach der anzeige weiterlesen; nach der werbung weiterlesen; vorlesen; weiter
        nach der werbung; artikel teilen; artikel anhören; artikel merken; jetzt abonnieren
    """,
    "fr": """
        publicité; annonce; sponsorisé; contenu sponsorisé; la suite après la publicité; partager; la suite
        après cette publicité; suite de l article après la publicité; imprimer; écouter cet article; l article
        continue après la publicité; partager cet article; s abonner; je m abonne
    """,
    "es": """
        publicidad; anuncio; patrocinado; contenido patrocinado; continúa después de la publicidad; la noticia
        continúa después de la publicidad; sigue leyendo después de la publicidad; compartir; continúe leyendo
        después de la publicidad; imprimir; escuchar este artículo; suscríbete
    """,
}
"""Lines that are dropped: advertisement markers and buttons."""

RELATED_BY_LANGUAGE = {
    "en": """
        also read; read also; read next; see also; related; related article; related articles; related content;
        related coverage; related items; related news; related posts; related reading; related stories; related
        story; related topics; more on this story; more on this topic; more stories; more news; you may also
        like; you might also like; recommended; recommended for you; recommended stories; trending; trending
        now; most read; most popular; popular now; top stories; editor s picks; don t miss
    """,
    "de": """
        auch interessant; lesen sie auch; mehr zum thema; das könnte sie auch interessieren; weitere artikel;
        ähnliche artikel; verwandte artikel; meistgelesen; passend zum thema; empfohlen; lesen sie mehr zum
        thema
    """,
    "fr": """
        à lire aussi; lire aussi; à lire également; lire également; à voir aussi; sur le même sujet; articles
        liés; articles similaires; les plus lus; vous aimerez aussi; dans la même rubrique; notre sélection
    """,
    "es": """
        lea también; lee también; lea además; le puede interesar; te puede interesar; también te puede
        interesar; noticias relacionadas; artículos relacionados; contenido relacionado; más noticias; lo más
        leído; lo más visto; relacionado; relacionados; te recomendamos; ver también
    """,
}
"""Headings of lists of other articles: what follows them is dropped until there is prose again."""

ENDS_BY_LANGUAGE = {
    "en": """
        comments; no comments; no comments yet; leave a comment; leave a reply; post a comment; add a comment;
        join the conversation; join the discussion; view comments; view all comments; show comments; be the
        first to comment; download the app; download our app; download app; get the app; get our app; about the
        author; about us; terms of use; privacy policy; all rights reserved; filed under
    """,
    "de": """
        kommentare; noch keine kommentare; keine kommentare; kommentar schreiben; kommentar verfassen;
        kommentare anzeigen; app herunterladen; jetzt app herunterladen; laden sie die app herunter; zur
        startseite; über den autor; alle rechte vorbehalten
    """,
    "fr": """
        commentaires; aucun commentaire; pas de commentaire; pas encore de commentaires; laisser un commentaire;
        réagir à cet article; voir les commentaires; télécharger l application; téléchargez l application; à
        propos de l auteur; tous droits réservés
    """,
    "es": """
        comentarios; sin comentarios; no hay comentarios; aún no hay comentarios; deja un comentario; deja tu
        comentario; ver comentarios; descarga la app; descarga la aplicación; descargar la aplicación; sobre el
        autor; todos los derechos reservados
    """,
}
"""Lines after which nothing of the article comes."""


def entries(table: dict[str, str]) -> frozenset[str]:
    """All the entries of a table, whatever their language."""
    return frozenset(" ".join(entry.split()) for words in table.values() for entry in words.split(";"))


MARKERS = entries(MARKERS_BY_LANGUAGE)
RELATED = entries(RELATED_BY_LANGUAGE)
ENDS = entries(ENDS_BY_LANGUAGE)
