"""`digest dkim`: make keys that sign the mail, and the DNS records that publish them."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from digest.cli import talk
from digest.cli.options import Json
from digest.errors import Conflict, UsageError

if TYPE_CHECKING:
    from digest.channels.dkim_keys import Record

app = typer.Typer(help="The keys that sign the mail: make one, show what to publish.", no_args_is_help=True)

Ed25519 = Annotated[bool, typer.Option("--ed25519", help="A small modern key, for use beside an RSA key.")]
Selector = Annotated[
    str | None, typer.Option("--selector", metavar="NAME", help="What it is published under; also its file's name.")
]
Folder = Annotated[Path, typer.Option("--out", metavar="DIR", help="The folder its file is written into.")]


@app.command(epilog="Example: digest dkim new --selector autumn2026 --out keys")
def new(ed25519: Ed25519 = False, selector: Selector = None, out: Folder = Path(), as_json: Json = False) -> None:
    """Make a key, never over one that is there, and print the DNS record that publishes it."""
    from digest.channels.dkim import Algorithm
    from digest.channels.dkim_keys import new_key, read_key, record_of
    from digest.channels.dkim_names import is_selector

    name = (selector or ("digest-ed25519" if ed25519 else "digest")).lower()
    if not is_selector(name):
        raise UsageError(f"{name!r} is no selector", hint="letters, digits and hyphens, as in the name of a host")
    path = out / f"{name}.pem"
    domain = signing_domain()
    write_key(path, new_key(Algorithm.ED25519 if ed25519 else Algorithm.RSA))
    talk.say(f"{path} is written: keep it secret, and keep a copy")
    show([record_of(read_key(path, name).key, domain)], as_json=as_json)
    talk.say("Next:  publish this record in the DNS, and wait until it is seen")
    talk.say(f"       then add {path} to DIGEST_DKIM_KEY in .env")


@app.command(epilog="Example: digest dkim record --json")
def record(as_json: Json = False) -> None:
    """Print the DNS records of the keys that sign."""
    from digest.channels.dkim_keys import read_signer, record_of
    from digest.settings.read import read_settings

    chosen = read_settings()
    if not chosen.dkim_key:
        raise UsageError("no key signs the mail", hint="digest dkim new makes one; DIGEST_DKIM_KEY names it")
    signer, doubts = read_signer(chosen.dkim_key, chosen.dkim_selector, domain=chosen.dkim_domain, sender=chosen.sender)
    for doubt in doubts:
        talk.say(f"warning: {doubt}")
    show([record_of(key, signer.domain) for key in signer.keys], as_json=as_json)


def signing_domain() -> str:
    """The domain that signs, by the settings; raises UsageError while the sender has none of their own."""
    from digest.channels.dkim_keys import domain_of
    from digest.settings.read import read_settings

    chosen = read_settings()
    domain = chosen.dkim_domain or domain_of(chosen.sender)
    if domain.endswith("localdomain"):
        raise UsageError("the domain that signs is not known", hint="set DIGEST_FROM first")
    return domain


def write_key(path: Path, content: bytes) -> None:
    """A file that only its owner may read; raises Conflict where there is one, UsageError where none can be."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise Conflict(f"{path} is here already, and is left as it is", hint="choose another --selector") from None
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror}", hint="choose another --out") from error
    with os.fdopen(handle, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def show(records: "list[Record]", *, as_json: bool) -> None:
    """Records as lines of a zone file, or as JSON for a script."""
    if as_json:
        talk.put_json([{"name": each.name, "type": "TXT", "value": each.value} for each in records])
        return
    for each in records:
        talk.put(each.zone_line())
