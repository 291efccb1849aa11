"""Sign texts so that anybody can check who signed them: C2SP signed notes with Ed25519 (c2sp.org/signed-note).

A note is a text ending in a newline, an empty line, and signature lines `— NAME base64(key id ‖ signature)`. The key id
is the beginning of `SHA256(name ‖ "\\n" ‖ 0x01 ‖ public key)`. Keys are written as the notes of Go write them: public
`NAME+key id+base64(0x01 ‖ key)`, private `PRIVATE+KEY+NAME+key id+base64(0x01 ‖ seed)`.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from typing import Literal

from msgspec import Struct

from ikz_workflow.errors import InvalidInput
from ikz_workflow.language import gettext as _

LIMIT = 100_000  # bytes of a note; sixteen signatures need two thousand
_ED25519 = b"\x01"
_SIGNATURE = re.compile(r"— ([^\s+]+) ([A-Za-z0-9+/]+={0,2})")
_PUBLIC = re.compile(r"([^\s+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/]+={0,2})")
_PRIVATE = re.compile(r"PRIVATE\+KEY\+([^\s+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/]+={0,2})")

State = Literal["valid", "invalid", "foreign", "unsigned"]


class Signature(Struct, frozen=True):
    """One signature line: the key's name, its id (8 hex digits), the signature's bytes."""

    name: str
    key_id: str
    value: bytes


class Note(Struct, frozen=True):
    """A text with its signatures, none if nobody signed it."""

    text: str
    signatures: tuple[Signature, ...]


class PublicKey(Struct, frozen=True):
    """What checks signatures of a name; `raw` are the 32 bytes of the key."""

    name: str
    raw: bytes

    @property
    def key_id(self) -> str:
        """Return the key's id, 8 hex digits."""
        return hashlib.sha256(self.name.encode() + b"\n" + _ED25519 + self.raw).hexdigest()[:8]

    def __str__(self) -> str:
        """Return the form in which the key is handed over."""
        return f"{self.name}+{self.key_id}+{_encoded(_ED25519 + self.raw)}"


class PrivateKey(Struct, frozen=True):
    """What signs for a name; `seed` are 32 secret bytes."""

    name: str
    seed: bytes

    @property
    def public(self) -> PublicKey:
        """Return the key that checks what this one signs."""
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

        return PublicKey(self.name, Ed25519PrivateKey.from_private_bytes(self.seed).public_key().public_bytes_raw())

    def secret_text(self) -> str:
        """Return the form in which the key is kept."""
        return f"PRIVATE+KEY+{self.name}+{self.public.key_id}+{_encoded(_ED25519 + self.seed)}"

    def sign(self, text: str) -> str:
        """Return the note of a text that ends in a newline, signed."""
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

        signed = Ed25519PrivateKey.from_private_bytes(self.seed).sign(text.encode())
        return f"{text}\n— {self.name} {_encoded(bytes.fromhex(self.public.key_id) + signed)}\n"


def new_key(name: str) -> PrivateKey:
    """Return a new random key for a name."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    return PrivateKey(name, Ed25519PrivateKey.generate().private_bytes_raw())


def parse(content: bytes, name: str) -> Note:
    """Return the note of a file's bytes, whatever line ends an editor gave it; InvalidInput if it is none."""
    try:
        text = content.decode("utf-8-sig").replace("\r\n", "\n").rstrip("\n") + "\n"
    except UnicodeDecodeError:
        raise _no_note(name) from None
    if any(character < " " and character != "\n" for character in text):
        raise _no_note(name)
    body, gap, lines = text.rpartition("\n\n")
    if not gap:
        return Note(text, ())
    return Note(body + "\n", tuple(_signature(line, name) for line in lines.splitlines()))


def _signature(line: str, name: str) -> Signature:
    match = _SIGNATURE.fullmatch(line)
    value = _decoded(match[2]) if match else b""
    if match is None or len(value) <= 4:  # the id alone
        raise _no_note(name)
    return Signature(match[1], value[:4].hex(), value[4:])


def _no_note(name: str) -> InvalidInput:
    why = _("Ein Prüfpunkt besteht aus drei Zeilen und seinen Unterschriften (ikz checkpoint export).")
    return InvalidInput(_("Prüfpunkt"), name, why)


def check(note: Note, key: PublicKey) -> State:
    """Return what a note's signatures are worth to the holder of a key."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    mine = [one.value for one in note.signatures if (one.name, one.key_id) == (key.name, key.key_id)]
    if not mine:
        return "foreign" if note.signatures else "unsigned"
    try:
        for signature in mine:
            Ed25519PublicKey.from_public_bytes(key.raw).verify(signature, note.text.encode())
    except (InvalidSignature, ValueError):
        return "invalid"
    return "valid"


def public_key(text: str, name: str = "--key") -> PublicKey:
    """Return the public key of a text; InvalidInput if it is none, or its id is not its own."""
    match = _PUBLIC.fullmatch(text.strip())
    key = PublicKey(match[1], _raw(match[3])) if match else None
    if match is None or key is None or not key.raw or key.key_id != match[2]:
        why = _("Ein öffentlicher Schlüssel steht so: NAME+KENNUNG+SCHLÜSSEL (ikz checkpoint key zeigt ihn).")
        raise InvalidInput(_("Öffentlicher Schlüssel"), name, why)
    return key


def private_key(text: str, name: str) -> PrivateKey:
    """Return the private key of a file's text; InvalidInput if it is none, or its id is not its own."""
    match = _PRIVATE.fullmatch(text.strip())
    key = PrivateKey(match[1], _raw(match[3])) if match else None
    if match is None or key is None or not key.seed or key.public.key_id != match[2]:
        why = _("Das ist kein Schlüssel zum Unterschreiben; ikz checkpoint key legt einen an.")
        raise InvalidInput(_("Schlüssel"), name, why)
    return key


def _raw(text: str) -> bytes:
    """Return the 32 bytes of an Ed25519 key in base64, b"" if it is none."""
    value = _decoded(text)
    return value[1:] if len(value) == 33 and value[:1] == _ED25519 else b""


def _encoded(value: bytes) -> str:
    return base64.b64encode(value).decode("ascii")


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error:
        return b""
