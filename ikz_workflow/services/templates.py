"""Find the template of a document: the home's own before the shipped one, a Word file before a text."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from ikz_workflow import resources
from ikz_workflow.errors import NotFound, near
from ikz_workflow.language import gettext as _
from ikz_workflow.services.home import Home

if TYPE_CHECKING:
    from ikz_workflow.documents.package import Design, Draft
    from ikz_workflow.documents.values import Stamp

TEXT, WORD = ".md.j2", ".docx"
DESIGN = "design.docx"


class Template(Struct, frozen=True):
    """A template as its file stands: `content` is its bytes."""

    kind: str
    path: Path
    content: bytes

    @property
    def is_word(self) -> bool:
        """Tell whether it is a Word file."""
        return self.path.name.endswith(WORD)

    @property
    def sha256(self) -> str:
        """Return the SHA-256 of its bytes, 64 hex digits."""
        return hashlib.sha256(self.content).hexdigest()

    def draft(self, context: dict[str, object], design: Design) -> Draft:
        """Return a document but for its stamp; a Word template brings its own look."""
        if self.is_word:
            from ikz_workflow.documents.word import WordDraft, compile_word

            return WordDraft(compile_word(self.content, self.path.name), context)
        from ikz_workflow.documents.markdown import compile_template
        from ikz_workflow.documents.render import draft

        return draft(compile_template(self.content.decode("utf-8"), self.path.name), context, design)

    def render(self, context: dict[str, object], stamp: Stamp, design: Design) -> bytes:
        """Return the Word file of a document."""
        return self.draft(context, design).sealed(stamp).content


def load(home: Home, kind: str) -> Template:
    """Return the template of a kind. NotFound with the nearest, DefinitionError for a text that is not UTF-8."""
    path = _found(home, kind)
    if path.name.endswith(WORD):
        return Template(kind, path, resources.data(path))
    return Template(kind, path, resources.text(path).encode("utf-8"))


def text(home: Home, kind: str) -> str:
    """Return the text template of a kind, whether a Word file goes before it or not. NotFound with the nearest."""
    path = resources.find(home.path, "templates", kind + TEXT)
    if path is None:
        raise _unknown(home, kind)
    return resources.text(path)


def _found(home: Home, kind: str) -> Path:
    path = resources.find(home.path, "templates", kind + WORD) if kind + WORD != DESIGN else None
    path = path or resources.find(home.path, "templates", kind + TEXT)
    if path is None:
        raise _unknown(home, kind)
    return path


def _unknown(home: Home, kind: str) -> NotFound:
    remedy = _("Alle Vorlagen: ikz template list")
    return NotFound(_("Die Vorlage"), kind, near(kind, sorted({one.kind for one in files(home)})), remedy)


class TemplateFile(Struct, frozen=True):
    """A template file: whether it is the home's own, and the file that goes before it, "" for none."""

    kind: str
    path: Path
    own: bool
    behind: str = ""


def files(home: Home) -> list[TemplateFile]:
    """Return all template files in the order of their kinds, those that are not used behind those that are."""
    texts = resources.names(home.path, "templates", "*" + TEXT)
    words = {name: path for name, path in resources.names(home.path, "templates", "*" + WORD).items() if name != DESIGN}
    found = []
    for name, path in sorted((texts | words).items()):
        kind = name.removesuffix(TEXT).removesuffix(WORD)
        behind = kind + WORD if name.endswith(TEXT) and kind + WORD in words else ""
        found.append(TemplateFile(kind, path, path.is_relative_to(home.path), behind))
    return sorted(found, key=lambda one: (one.kind, one.behind))
