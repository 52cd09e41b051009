"""Sentences end where sentences end, in many languages and in any text at all."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.sentences import is_closed, sentences, settled

SPLIT = {
    "en": (
        "Dr. Orla Venn met Mr. T. Quill at 3 p.m. on Sunday.",
        "“It rained.”",
        "They left!",
        "Why?",
        "No one in the U.S. team of Quill & Co. said that it cost $3.5 million.",
    ),
    "de": (
        "Er kam z. B. am 3. Oktober, d. h. spät.",
        "Prof. Dr. Quill zahlte z.B. ca. 3,5 Mio. Euro.",
        "„Das reicht.“",
        "Dann ging er.",
    ),
    "fr": ("M. Quill est venu vers 3.5 heures.", "« C’est fini ! » dit-il.", "Est-ce vrai ?", "Oui."),
    "es": ("El Sr. Quill llegó a EE. UU. ayer.", "¿Qué pasó?", "¡Nada!", "La Dra. Venn lo dijo."),
    "it": ("Il sig. Quill è arrivato.", "Costa 3.5 euro.", "Il prof. Venn tace."),
    "nl": ("Dhr. Quill kwam bijv. te laat.", "Mevr. de Venn ging weg."),
    "pl": ("Prof. Quill mówił m.in. o moście.", "Kosztował 3,5 tys. złotych."),
    "ru": ("Он приехал в г. Квилл в 2024 г. и уехал.", "А. С. Венн писал."),
    "tr": ("Dr. Venn geldi.", "Fiyat 3.5 lira."),
    "el": ("Ο κ. Κουίλ ήρθε.", "Τι έγινε;", "Τίποτα."),
    "ar": ("وصل د. أحمد إلى الميناء.", "هل هذا صحيح؟", "نعم!"),
    "hi": ("पुल खुल गया।", "डॉ. वेन ने कहा कि यह 3.5 रुपये का है।"),
    "mr": ("पूल रविवारी उघडला.", "त्याचा खर्च जास्त झाला.", "लोक आले."),
    "ta": ("பாலம் ஞாயிறு அன்று திறக்கப்பட்டது.", "அதன் செலவு அதிகம்."),
    "te": ("వంతెన ఆదివారం తెరిచారు.", "ఖర్చు ఎక్కువ."),
    "ka": ("ხიდი კვირას გაიხსნა.", "ის ძვირი დაჯდა."),
    "ko": ("다리가 열렸다.", "가격은 3.5달러다."),
    "": ("The bridge opened.", "It cost 3.5 million.", "Dr. Venn came."),
}
UNSPACED = {
    "zh": ("桥开放了。", "他说：“我们走吧！”", "价格是3.5元。"),
    "ja": ("橋が開通した。", "「行こう。」と彼は言った。", "価格は3.5円だ。"),
}


@pytest.mark.parametrize("language", SPLIT)
def test_sentences_end_where_they_end(language: str) -> None:
    assert sentences(" ".join(SPLIT[language]), language) == list(SPLIT[language])


@pytest.mark.parametrize("language", UNSPACED)
def test_they_end_without_blanks_too(language: str) -> None:
    assert sentences("".join(UNSPACED[language]), language) == list(UNSPACED[language])


def test_a_script_without_full_stops_stays_whole() -> None:
    thai = "สะพานเปิดแล้ว เมื่อวันอาทิตย์ ราคา 3.5 บาท"
    assert sentences(thai, "th") == [thai]


def test_a_list_keeps_its_figures() -> None:
    assert sentences("1. The bridge. 2. The harbour.", "en") == ["1. The bridge.", "2. The harbour."]


@given(st.text(max_size=300), st.sampled_from(["", "en", "de", "fr", "ja", "ru", "th", "ar", "xx", "not a tag"]))
def test_no_text_is_lost_or_made_up(text: str, language: str) -> None:
    found = sentences(text, language)
    assert all(one and one == one.strip() for one in found)
    assert "".join("".join(found).split()) == "".join(settled(text).split())


@given(st.text(alphabet=".!?…。;’”»)\u00a0\u0085\u2028\u3000 1aA字あ\ud800\x00\n", max_size=200))
def test_marks_and_blanks_of_any_kind_are_borne(text: str) -> None:
    assert "".join("".join(sentences(text, "ru")).split()) == "".join(settled(text).split())


@pytest.mark.parametrize("text", ["“One.”", "„Eins.“", "«Un»", "»Eins«", "「一」", "(one)", '"One"', "One.", ""])
def test_a_quotation_that_ends_where_it_began_is_closed(text: str) -> None:
    assert is_closed(text)
    assert is_closed(f"{text} {text}")


@pytest.mark.parametrize("text", ["“One.", "Eins.“", "«Un", "「一", "(one", 'One"', "『一", "（一"])
def test_half_a_quotation_is_not_closed(text: str) -> None:
    assert not is_closed(text)
