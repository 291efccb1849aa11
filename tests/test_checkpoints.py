"""Checkpoints are standard signed notes; whoever keeps one, or a document, can tell a history written anew or cut."""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path

import pytest
from homes import copy_of, started, tamper
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from ikz_workflow import checkpoints, notes
from ikz_workflow.checkpoints import Checkpoint, Tree
from ikz_workflow.errors import HistoryBroken, IkzError, InvalidInput
from ikz_workflow.services import anchors, audit, documents, keeping, proposals
from ikz_workflow.services.home import Home

KEY = "IKZ-2026-0001"
POINT = Checkpoint("a" * 32, 412, base64.b64encode(bytes(32)).decode())


@pytest.fixture
def full(home: Home) -> Home:
    started(home)
    documents.create(home, KEY, "guideline")
    return home


@pytest.fixture
def key(full: Home, tmp_path: Path) -> Path:
    place = tmp_path / "auswärts" / "ikz.key"
    keeping.signing_key(full, place)
    return place


def vkey(full: Home, key: Path) -> str:
    return str(keeping.signing_key(full, key)[0])


# ------------------------------------------------------------------------------------------------ the standard's forms
def defined(entries: list[bytes]) -> bytes:
    """Return the tree hash as RFC 6962, section 2.1, defines it."""
    if not entries:
        return hashlib.sha256(b"").digest()
    if len(entries) == 1:
        return hashlib.sha256(b"\x00" + entries[0]).digest()
    split = 1
    while split * 2 < len(entries):
        split *= 2
    return hashlib.sha256(b"\x01" + defined(entries[:split]) + defined(entries[split:])).digest()


def test_the_root_is_the_one_rfc_6962_defines_at_every_size() -> None:
    tree, entries = Tree(), list[bytes]()
    for number in range(70):
        assert base64.b64decode(tree.root()) == defined(entries)
        entries.append(b"entry %d" % number)
        tree.add(entries[-1])


def test_the_text_of_a_note_reaches_to_its_last_empty_line() -> None:
    key, other = notes.new_key("beispiel.de/eins"), notes.new_key("beispiel.de/zwei")
    text = "Erste Zeile\n\nnach einer leeren\n"
    both = key.sign(text) + other.sign(text).removeprefix(f"{text}\n")
    note = notes.parse(both.encode(), "x")
    assert note.text == text
    assert [(one.name, one.key_id, len(one.value)) for one in note.signatures] == [
        (one.name, one.public.key_id, 64) for one in (key, other)
    ]
    assert {notes.check(note, one.public) for one in (key, other)} == {"valid"}


def test_a_key_id_is_what_the_standard_says() -> None:
    public = notes.new_key("beispiel.de/log").public
    told = hashlib.sha256(b"beispiel.de/log\n\x01" + public.raw).hexdigest()[:8]
    raw = base64.b64encode(b"\x01" + public.raw).decode()
    assert str(public) == f"beispiel.de/log+{told}+{raw}"
    assert notes.public_key(str(public)) == public


def test_a_signature_is_ed25519_over_the_text_and_no_other() -> None:
    """RFC 8032, section 7.1, test 1: the seed and its public key."""
    seed = bytes.fromhex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60")
    key = notes.PrivateKey("beispiel.de/log", seed)
    assert key.public.raw.hex() == "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"
    assert notes.private_key(key.secret_text() + "\n", "x") == key
    note = notes.parse(key.sign("Zeile\n").encode(), "x")
    assert notes.check(note, key.public) == "valid"
    assert notes.check(notes.Note("Seite\n", note.signatures), key.public) == "invalid"
    assert notes.check(note, notes.new_key("beispiel.de/log").public) == "foreign"
    assert notes.check(notes.Note("Zeile\n", ()), key.public) == "unsigned"


def test_a_checkpoint_is_three_lines_that_are_read_back() -> None:
    assert str(POINT) == f"ikz-history/{'a' * 32}\n412\n{POINT.root}\n"
    assert checkpoints.parse(str(POINT), "x") == POINT


@pytest.mark.parametrize(
    "text",
    ["", "ikz-history/abc\n1\n2\n", "{log}\n412\n{root}", "ikz-history/{log}\n412\n{root}\nmehr\n",
     "ikz-history/{log}\n-1\n{root}\n", "ikz-history/{log}\n0412\n{root}\n", "ikz-history/{log}\n٣\n{root}\n",
     "ikz-history/{log}\n412\n{root}=\n", "ikz-history/{log}\n412\n{root}\n\nkeine Unterschrift\n",
     "ikz-history/{log}\n412\n{root}\n\n— x\n", "ikz-history/{log}\n412\n{root}\n\n— x AAAA\n",
     "ikz-history/{log}\n412\n{root}\n\n— a+b AAAAAAAAAA==\n", "ikz-history/{log}\n412\t\n{root}\n"],
)  # fmt: skip
def test_a_broken_checkpoint_file_is_refused_by_its_name(text: str) -> None:
    filled = text.format(log=POINT.log_id, root=POINT.root)
    with pytest.raises(InvalidInput) as caught:
        anchors.checkpoint_anchor("mein-prüfpunkt.txt", filled.encode())
    assert "mein-prüfpunkt.txt" in str(caught.value)


@settings(max_examples=200)
@given(st.binary(max_size=200) | st.text(max_size=200).map(lambda text: text.encode("utf-8", "surrogatepass")))
def test_any_other_bytes_are_no_checkpoint_and_no_crash(content: bytes) -> None:
    with pytest.raises(InvalidInput):
        anchors.checkpoint_anchor("x", content)


@settings(max_examples=200)
@given(st.text(max_size=120))
def test_any_other_text_is_no_key(text: str) -> None:
    for read in (notes.public_key, notes.private_key):
        with pytest.raises(InvalidInput):
            read(text, "x")


def test_one_changed_character_of_a_key_is_told() -> None:
    text = str(notes.new_key("beispiel.de/log").public)
    for place in range(len(text)):
        changed = text[:place] + ("B" if text[place] != "B" else "C") + text[place + 1 :]
        with pytest.raises(InvalidInput):
            notes.public_key(changed)


# ------------------------------------------------------------------------------------------------ keys
def test_the_key_is_made_once_for_its_owner_alone_and_never_in_the_home(full: Home, key: Path) -> None:
    assert key.stat().st_mode & 0o777 == 0o600
    public, place, is_new = keeping.signing_key(full, key)
    assert (place, is_new) == (key, False)
    assert public.name == f"ikz-history/{audit.checkpoint(full).log_id}"
    for inside in (full.path / "ikz.key", full.path / "tief" / "ikz.key"):
        with pytest.raises(InvalidInput, match="nicht im Ordner der Datenbank"):
            keeping.signing_key(full, inside)
    assert not (full.path / "tief").exists()
    assert public.raw not in (full.path / "ikz.db").read_bytes()


def test_without_a_file_named_the_key_lies_in_the_users_own_folder(
    full: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("XDG_CONFIG_HOME", "HOME", "LOCALAPPDATA"):
        monkeypatch.setenv(name, str(tmp_path / "user"))
    assert keeping.export(full).key is None
    public, place, _is_new = keeping.signing_key(full)
    assert place.is_relative_to(tmp_path / "user")
    assert keeping.export(full).key == public


def test_the_key_of_another_history_signs_nothing_here(full: Home, key: Path, first_home: Home, tmp_path: Path) -> None:
    other = copy_of(first_home, tmp_path / "other")
    tamper(other, f"UPDATE chain_head SET log_id = '{'b' * 32}'")
    with pytest.raises(InvalidInput, match="anderen Verlauf"):
        keeping.signing_key(other, key)


def test_a_broken_chain_is_never_signed(full: Home, key: Path) -> None:
    tamper(full, "UPDATE event SET payload = replace(payload, 'centre', 'center') WHERE seq = 5")
    with pytest.raises(HistoryBroken):
        keeping.export(full, key)


# ------------------------------------------------------------------------------------------------ what signatures say
def proven(full: Home, *files: Path, keys: tuple[str, ...] = (), papers: tuple[Path, ...] = ()) -> audit.Proof:
    return audit.verify(full, anchors.read_given(files, papers, keys))


def test_signed_unsigned_and_foreign_notes_are_told_apart(full: Home, key: Path, tmp_path: Path) -> None:
    mine, plain = tmp_path / "mine.txt", tmp_path / "plain.txt"
    mine.write_bytes(keeping.export(full, key).text.encode())
    plain.write_bytes(str(audit.checkpoint(full)).encode())
    public, other = vkey(full, key), str(notes.new_key(checkpoints.origin("b" * 32)).public)
    assert [one.signature for one in proven(full, mine, plain).anchors] == ["", "unsigned"]
    assert [one.signature for one in proven(full, mine, keys=(public,)).anchors] == ["valid"]
    assert [one.signature for one in proven(full, mine, keys=(other, public)).anchors] == ["valid"]
    (tmp_path / "rpa.vkey").write_text(public + "\r\n", encoding="utf-8-sig")
    assert [one.signature for one in proven(full, mine, keys=(str(tmp_path / "rpa.vkey"),)).anchors] == ["valid"]
    for file, keys, told in ((plain, (public,), "nicht unterschrieben"), (mine, (other,), "anderer Schlüssel")):
        with pytest.raises(HistoryBroken, match=told):
            proven(full, file, keys=keys)
    mine.write_bytes(keeping.export(full, key).text.replace("\n", "\r\n").encode("utf-8-sig"))
    assert [one.signature for one in proven(full, mine, keys=(public,)).anchors] == ["valid"]


def test_a_checkpoint_altered_under_its_signature_is_told(full: Home, key: Path, tmp_path: Path) -> None:
    signed, file = keeping.export(full, key).text, tmp_path / "p.txt"
    size = audit.checkpoint(full).size
    file.write_bytes(signed.replace(f"\n{size}\n", f"\n{size - 1}\n").encode())
    with pytest.raises(HistoryBroken, match="Unterschrift unter dem Prüfpunkt ist falsch"):
        proven(full, file, keys=(vkey(full, key),))


def test_a_key_without_a_checkpoint_is_no_question(full: Home, key: Path) -> None:
    with pytest.raises(InvalidInput, match="--checkpoint"):
        proven(full, keys=(vkey(full, key),))


# ------------------------------------------------------------------------------------------------ folders, documents
def test_a_folder_of_checkpoints_is_met_whole_and_what_is_none_is_named(full: Home, key: Path, tmp_path: Path) -> None:
    folder = tmp_path / "ablage"
    folder.mkdir()
    for number in range(3):
        (folder / f"{number}.txt").write_bytes(keeping.export(full, key).text.encode())
        proposals.add_note(full, KEY, "Weiter")
    (folder / "liesmich.txt").write_text("Prüfpunkte", encoding="utf-8")
    proof = proven(full, folder)
    assert [one.seq for one in proof.anchors] == [proof.events - 3, proof.events - 2, proof.events - 1]
    assert any("liesmich.txt" in warning for warning in proof.warnings)
    with pytest.raises(InvalidInput):
        proven(full, folder / "liesmich.txt")


def test_a_folder_that_holds_no_checkpoint_proves_nothing_and_is_refused(full: Home, tmp_path: Path) -> None:
    folder = tmp_path / "prüfpunkte"
    folder.mkdir()
    (folder / "liesmich.txt").write_text("Nur ein Hinweis.")
    with pytest.raises(InvalidInput, match="kein Prüfpunkt"):
        proven(full, folder)


def test_documents_held_elsewhere_tell_a_history_written_anew(full: Home, first_home: Home, tmp_path: Path) -> None:
    paper = tmp_path / "ablage" / "leitfaden.docx"
    paper.parent.mkdir()
    paper.write_bytes(documents.read(full, KEY, "guideline").content)
    [anchor] = proven(full, papers=(paper.parent,)).anchors
    assert (anchor.kind, len(anchor.hash)) == ("document", 64)
    other = copy_of(first_home, tmp_path / "other")
    started(other, "Etwas anderes")
    proposals.add_note(other, KEY, "und noch etwas")
    with pytest.raises(HistoryBroken, match="neu geschrieben"):
        proven(other, papers=(paper,))
    fresh = copy_of(first_home, tmp_path / "fresh")
    with pytest.raises(HistoryBroken, match="gekürzt"):
        proven(fresh, papers=(paper,))


def test_a_footer_is_an_anchor_where_the_properties_are_gone(full: Home, tmp_path: Path) -> None:
    from docx import Document

    paper = tmp_path / "leitfaden.docx"
    paper.write_bytes(documents.read(full, KEY, "guideline").content)
    document = Document(str(paper))
    package = document.part.package
    for id_, relation in list(package.rels.items()):
        if relation.reltype.endswith("/custom-properties"):
            package.rels.pop(id_)
    document.save(str(paper))
    [anchor] = proven(full, papers=(paper,)).anchors
    assert (anchor.hash, len(anchor.short) > 20) == ("", True)
    with pytest.raises(HistoryBroken, match="neu geschrieben"):
        audit.verify(full, anchors.Given((replace(anchor, seq=anchor.seq - 1),)))


def test_a_foreign_word_file_is_no_anchor_and_said_to_be_none(full: Home, tmp_path: Path) -> None:
    from docx import Document

    Document().save(str(tmp_path / "fremd.docx"))
    proof = proven(full, papers=(tmp_path / "fremd.docx",))
    assert proof.anchors == ()
    assert any("fremd.docx" in warning for warning in proof.warnings)
    (tmp_path / "kaputt.docx").write_bytes(b"kein Word")
    with pytest.raises(IkzError):
        proven(full, papers=(tmp_path / "kaputt.docx",))
