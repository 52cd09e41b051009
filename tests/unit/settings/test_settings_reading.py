"""The environment and .env read into Settings, and a .env written."""

from dataclasses import fields
from io import StringIO
from pathlib import Path

import pytest
from dotenv import dotenv_values
from hypothesis import given
from hypothesis import strategies as st

from digest.channels.relay import Security
from digest.errors import SettingsError
from digest.model.rates import Rate
from digest.model.subscriber import DAILY
from digest.selection.score import Weights
from digest.settings.read import (
    Settings,
    demo_settings,
    dotenv_text,
    field_of,
    fresh_key,
    read_settings,
    survey_settings,
)
from digest.settings.table import PREFIX, SETTINGS
from digest.settings.values import KEY_LENGTH
from digest.subscribers.subscription import WEEKDAYS

KEY = "k" * KEY_LENGTH
SECRETS = tuple(setting.name for setting in SETTINGS if setting.secret)


@pytest.fixture
def dotenv(tmp_path: Path) -> Path:
    return tmp_path / "settings.env"


def faults_of(environ: dict[str, str], dotenv: Path) -> tuple[str, ...]:
    with pytest.raises(SettingsError) as caught:
        read_settings(environ, dotenv=dotenv)
    return caught.value.faults


def test_nothing_needs_to_be_set(dotenv):
    settings = read_settings({}, dotenv=dotenv)
    assert (settings.database_url, settings.outbox) == ("sqlite:///digest.db", Path("outbox"))
    assert (settings.smtp_url, settings.templates, settings.secret_key) == ((), None, ())
    assert (settings.edit_at, settings.send_at, settings.send_days) == ((390,), 420, DAILY)
    assert settings.weights == Weights()


def test_every_setting_has_its_field_and_every_field_its_setting():
    names = {field_of(setting.name) for setting in SETTINGS}
    assert names == {field.name for field in fields(Settings)}
    assert len(SETTINGS) == len(names)


def test_every_setting_says_what_it_means_and_what_is_expected():
    assert [setting.name for setting in SETTINGS if not setting.meaning.endswith(".") or not setting.expected] == []


def test_every_default_is_a_good_value():
    for setting in SETTINGS:
        setting.parse(setting.default)


def test_everything_can_be_chosen(dotenv, tmp_path):
    settings = read_settings(
        {
            "DIGEST_SMTP_URL": "smtp+starttls://ana:pass@mail.example smtps://spare.example?weight=0",
            "DIGEST_DOMAIN_RATES": "gmail.com: 20/s",
            "DIGEST_TIMEZONE": "Asia/Kolkata",
            "DIGEST_EDIT_AT": "17:00 05:30",
            "DIGEST_SEND_AT": "6:15",
            "DIGEST_SEND_DAYS": "weekdays",
            "DIGEST_TEMPLATES": str(tmp_path),
            "DIGEST_SECRET_KEY": f"{KEY} {KEY}old",
            "DIGEST_ALLOW_HOSTS": "wiki.example:80",
            "DIGEST_WEIGHTS": "coverage=1",
            "DIGEST_LISTEN": "0.0.0.0:80",
            "DIGEST_LOGO": __file__,
            "DIGEST_SUBJECT": "{title}: {headline}",
            "DIGEST_FOOTER": "Made at the harbour",
        },
        dotenv=dotenv,
    )
    assert [(relay.host, relay.security, relay.weight) for relay in settings.smtp_url] == [
        ("mail.example", Security.STARTTLS, 1),
        ("spare.example", Security.TLS, 0),
    ]
    assert settings.domain_rates.of("gmail.com") == ("@gmail.com", Rate(per_second=20))
    assert (settings.edit_at, settings.templates) == ((330, 1020), tmp_path)
    assert settings.secret_key == (KEY, f"{KEY}old")
    assert settings.allow_hosts == {("wiki.example", 80)}
    assert settings.weights == Weights.parse("coverage=1")
    assert settings.logo == Path(__file__)
    assert (settings.subject, settings.footer) == ("{title}: {headline}", "Made at the harbour")
    profile = settings.defaults
    assert (profile.timezone, profile.send_at, profile.days) == ("Asia/Kolkata", 375, WEEKDAYS)


def test_every_fault_is_named_at_once(dotenv):
    bad = {
        "DIGEST_TIMEZONE": "Mars/Olympus",
        "DIGEST_RATE": "fast",
        "DIGEST_SEND_AT": "25:00",
        "DIGEST_WEIGHTS": "colour=1",
        "DIGEST_FROM": "nobody",
        "DIGEST_COLOUR": "red",
        "DIGEST_LOGO": "nowhere.png",
        "DIGEST_SUBJECT": "Good morning",
    }
    faults = faults_of(bad, dotenv)
    assert sorted(fault.partition(":")[0].partition(" ")[0] for fault in faults) == sorted(bad)
    expected = {f"{PREFIX}{setting.name}": setting.expected for setting in SETTINGS}
    assert all(f"expected {expected[name]}" in " ".join(faults) for name in bad if name in expected)


def test_the_error_shows_every_fault_and_where_to_mend_it(dotenv):
    with pytest.raises(SettingsError) as caught:
        read_settings({"DIGEST_RATE": "0", "DIGEST_ACCENT": "red"}, dotenv=dotenv)
    assert "2 setting(s)" in caught.value.message
    assert all(fault in caught.value.message for fault in caught.value.faults)
    assert ".env" in caught.value.hint
    assert caught.value.exit_code == 2


@pytest.mark.parametrize("setting", SETTINGS, ids=lambda setting: setting.name)
def test_a_value_that_no_setting_takes_is_a_fault_of_its_own_name(setting, dotenv):
    (fault,) = faults_of({f"DIGEST_{setting.name}": "\a"}, dotenv)
    assert fault.startswith(f"DIGEST_{setting.name}: ")
    assert fault.endswith(f"expected {setting.expected}")


@pytest.mark.parametrize(
    ("name", "near"),
    [
        ("DIGEST_TIMEZOEN", "DIGEST_TIMEZONE"),
        ("DIGEST_SMTPURL", "DIGEST_SMTP_URL"),
        ("DIGEST_SECRETKEY_FILE", "DIGEST_SECRET_KEY_FILE"),
    ],
)
def test_a_misspelt_name_is_a_fault_that_names_the_right_one(name, near, dotenv):
    (fault,) = faults_of({name: "x"}, dotenv)
    assert fault == f"{name} is no setting; did you mean {near}?"


def test_a_name_like_none_of_ours_is_a_fault_without_a_guess(dotenv):
    assert faults_of({"DIGEST_ZZZZQQQQ": "x"}, dotenv) == ("DIGEST_ZZZZQQQQ is no setting",)


def test_what_is_not_secret_is_not_read_from_a_file(dotenv):
    (fault,) = faults_of({"DIGEST_TITLE_FILE": "/etc/hostname"}, dotenv)
    assert fault.startswith("DIGEST_TITLE_FILE is no setting")


def test_names_of_others_are_no_concern_of_ours(dotenv):
    assert read_settings({"PATH": "/bin", "DIGESTIVE": "1", "digest_rate": "x"}, dotenv=dotenv).rate == 20


def test_an_empty_or_blank_value_is_not_set(dotenv):
    settings = read_settings({"DIGEST_EDIT_AT": "  ", "DIGEST_TITLE": "", "DIGEST_RATE": "\t"}, dotenv=dotenv)
    assert (settings.edit_at, settings.title, settings.rate) == ((390,), "The Daily Digest", 20)


def test_blanks_around_a_value_do_not_count(dotenv):
    assert read_settings({"DIGEST_RATE": " 5 "}, dotenv=dotenv).rate == 5


def test_the_environment_stands_above_the_file(dotenv):
    dotenv.write_text("DIGEST_TITLE=From the file\nDIGEST_RATE=5\n", encoding="utf-8")
    settings = read_settings({"DIGEST_TITLE": "From the environment"}, dotenv=dotenv)
    assert (settings.title, settings.rate) == ("From the environment", 5)


def test_an_unknown_name_in_the_file_is_a_fault(dotenv):
    dotenv.write_text("DIGEST_RATES=5\nOTHERS=1\nDIGEST_TITLE\n", encoding="utf-8")
    assert faults_of({}, dotenv) == ("DIGEST_RATES is no setting; did you mean DIGEST_RATE?",)


def test_a_file_written_on_windows_is_read_from_its_first_line(dotenv):
    dotenv.write_bytes(b"\xef\xbb\xbfDIGEST_RATE=5\r\nDIGEST_TITLE=The Gazette\r\n")
    settings = read_settings({}, dotenv=dotenv)
    assert (settings.rate, settings.title) == (5, "The Gazette")


def test_a_file_that_is_no_text_is_one_clear_sentence(dotenv):
    dotenv.write_bytes(b"DIGEST_TITLE=\xff\xfe\n")
    (fault,) = faults_of({}, dotenv)
    assert fault.startswith(f"{dotenv} cannot be read")


@pytest.mark.parametrize("name", SECRETS)
def test_a_secret_may_come_from_a_file(name, dotenv, tmp_path):
    values = {
        "DATABASE_URL": "sqlite:///kept.db",
        "SMTP_URL": "smtps://ana:pass@mail.example",
        "IMAP_URL": "imaps://ana:pass@mail.example/Bounces",
        "SECRET_KEY": KEY,
        "METRICS_TOKEN": KEY,
        "VECTORS_KEY": "sk-harbour",
        "PING_URL": "https://switch.example/ping/0815",
    }
    secret = tmp_path / "secret"
    secret.write_text(f"  {values[name]}\n", encoding="utf-8")
    from_file = read_settings({f"DIGEST_{name}_FILE": str(secret)}, dotenv=dotenv)
    assert from_file == read_settings({f"DIGEST_{name}": values[name]}, dotenv=dotenv)


@pytest.mark.parametrize("name", SECRETS)
def test_a_secret_set_in_both_ways_is_a_fault(name, dotenv, tmp_path):
    secret = tmp_path / "secret"
    secret.write_text(KEY, encoding="utf-8")
    (fault,) = faults_of({f"DIGEST_{name}": KEY, f"DIGEST_{name}_FILE": str(secret)}, dotenv)
    assert f"DIGEST_{name} and DIGEST_{name}_FILE are both set" in fault


def test_a_secrets_file_that_cannot_be_read_is_named(dotenv, tmp_path):
    (missing,) = faults_of({"DIGEST_SECRET_KEY_FILE": str(tmp_path / "gone")}, dotenv)
    (binary,) = faults_of({"DIGEST_SECRET_KEY_FILE": "/bin/true"}, dotenv)
    assert missing.startswith("DIGEST_SECRET_KEY: ")
    assert str(tmp_path / "gone") in missing
    assert binary.startswith("DIGEST_SECRET_KEY: ")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SECRET_KEY", "hunter2"),
        ("SMTP_URL", "smtp://ana:hunter2@mail.example"),
        ("SMTP_URL", "http://ana:hunter2@mail.example"),
        ("SMTP_URL", "smtps://ana:hunter2@mail.example:99999"),
        ("SMTP_URL", "smtps://ana:hunter2@[mail.example"),
        ("SMTP_URL", "smtps://ana:hunter2@mail.example/inbox"),
        ("IMAP_URL", "imap://ana:hunter2@mail.example/INBOX"),
        ("IMAP_URL", "http://ana:hunter2@mail.example"),
        ("IMAP_URL", "imaps://ana:hunter2@mail.example:0"),
        ("IMAP_URL", "imaps://ana:hunter2@[mail.example"),
        ("IMAP_URL", "imaps://ana:hunter2é@mail.example"),
        ("DATABASE_URL", "postgresql://ana:hunter2@db.example/\adigest"),
        ("VECTORS_KEY", "hunter2é"),
    ],
)
@pytest.mark.parametrize("by_file", [False, True])
def test_a_secret_is_never_in_a_message(name, value, by_file, dotenv, tmp_path):
    secret = tmp_path / "secret"
    secret.write_text(value, encoding="utf-8")
    environ = {f"DIGEST_{name}_FILE": str(secret)} if by_file else {f"DIGEST_{name}": value}
    with pytest.raises(SettingsError) as caught:
        read_settings(environ, dotenv=dotenv)
    assert "hunter2" not in f"{caught.value} {caught.value.hint} {caught.value.faults}"


def test_links_need_a_key(dotenv):
    (fault,) = faults_of({"DIGEST_PUBLIC_URL": "https://news.harbour.example"}, dotenv)
    assert fault.startswith("DIGEST_SECRET_KEY is missing")
    assert "digest init" in fault


def test_a_model_is_a_folder_or_an_api_with_a_name(dotenv, tmp_path):
    assert read_settings({"DIGEST_VECTORS": str(tmp_path)}, dotenv=dotenv).vectors == tmp_path
    api = {"DIGEST_VECTORS": "http://localhost:11434/v1/", "DIGEST_VECTORS_MODEL": "small"}
    settings = read_settings(api, dotenv=dotenv)
    assert (settings.vectors, settings.vectors_model) == ("http://localhost:11434/v1", "small")


@pytest.mark.parametrize("value", ["local", "ftp://models.example/v1", "https://ana:hunter2@models.example/v1"])
def test_what_is_neither_is_a_fault(value, dotenv):
    (fault,) = faults_of({"DIGEST_VECTORS": value, "DIGEST_VECTORS_MODEL": "small"}, dotenv)
    assert fault.startswith("DIGEST_VECTORS: ")
    assert "hunter2" not in fault


def test_an_api_needs_the_name_of_its_model(dotenv):
    (fault,) = faults_of({"DIGEST_VECTORS": "https://models.example/v1"}, dotenv)
    assert fault.startswith("DIGEST_VECTORS_MODEL is missing")


def test_fresh_keys_are_keys_and_fresh(dotenv):
    keys = {fresh_key() for _ in range(20)}
    assert len(keys) == 20
    assert read_settings({"DIGEST_SECRET_KEY": " ".join(keys)}, dotenv=dotenv).secret_key == tuple(
        " ".join(keys).split()
    )


def test_the_file_that_is_written_sets_nothing_but_what_it_was_given(dotenv):
    dotenv.write_text(dotenv_text(values={"SECRET_KEY": KEY}), encoding="utf-8")
    assert read_settings({}, dotenv=dotenv) == read_settings({"DIGEST_SECRET_KEY": KEY}, dotenv=dotenv.parent / "none")


def test_every_default_shown_in_the_file_is_the_default(dotenv):
    shown = "\n".join(line.removeprefix("#") for line in dotenv_text().splitlines() if line.startswith("#DIGEST_"))
    assert len(shown.splitlines()) == len(SETTINGS)
    dotenv.write_text(shown, encoding="utf-8")
    assert read_settings({}, dotenv=dotenv) == read_settings({}, dotenv=dotenv.parent / "none")


def test_the_file_names_the_other_way_to_give_a_secret():
    assert all(f"{PREFIX}{name}_FILE" in dotenv_text() for name in SECRETS)


printable = st.text(st.characters(exclude_categories=("C", "Z"), include_characters=" "), max_size=40)


@given(
    title=printable.map(str.strip), address=st.sampled_from(["", "1 Quay Street, “Port Sallow” #2", "${HOME} \\n 'x'"])
)
def test_what_is_written_is_read_again(title, address):
    text = dotenv_text(values={"TITLE": title, "POSTAL_ADDRESS": address})
    read = dotenv_values(stream=StringIO(text), interpolate=False)
    assert read == {"DIGEST_TITLE": title, "DIGEST_POSTAL_ADDRESS": address}


def test_signs_that_shells_replace_are_kept(dotenv):
    dotenv.write_text("DIGEST_TITLE=Five ${DOLLARS} and $more\n", encoding="utf-8")
    assert read_settings({"DOLLARS": "5"}, dotenv=dotenv).title == "Five ${DOLLARS} and $more"


def test_the_demo_keeps_everything_in_its_folder_and_asks_nobody(tmp_path, monkeypatch):
    monkeypatch.setenv("DIGEST_TITLE", "Not this one")
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".env").write_text("DIGEST_RATE=broken\n", encoding="utf-8")
    settings = demo_settings(tmp_path / "demo")
    assert settings.title == "The Daily Digest"
    assert settings.database_url == f"sqlite:///{tmp_path / 'demo' / 'digest.db'}"
    assert settings.outbox == tmp_path / "demo" / "outbox"
    assert settings.smtp_url == ()
    assert settings.public_url.startswith("http://127.0.0.1:")
    assert "<" in settings.sender
    assert settings.postal_address
    assert demo_settings(tmp_path).secret_key != settings.secret_key


def test_a_survey_reads_on_where_something_is_wrong(dotenv, tmp_path):
    dotenv.write_text("DIGEST_TITLE=The Gazette\nDIGEST_TITEL=x\n", encoding="utf-8")
    secret = tmp_path / "key"
    secret.write_text(KEY, encoding="utf-8")
    survey = survey_settings({"DIGEST_RATE": "fast", "DIGEST_SECRET_KEY_FILE": str(secret)}, dotenv=dotenv)
    assert (survey.settings.title, survey.settings.rate, survey.settings.secret_key) == ("The Gazette", 20, (KEY,))
    assert [fault.partition(" ")[0] for fault in survey.faults] == ["DIGEST_TITEL", "DIGEST_RATE:"]
    assert survey.unusable == {"DIGEST_RATE"}
    assert survey.chosen == ("DIGEST_TITLE", "DIGEST_RATE", "DIGEST_SECRET_KEY")
    assert survey.files == (dotenv, secret)
