"""Word templates: compiled once, like text templates, into Jinja over WordprocessingML; and rendered."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice

from lxml import etree
from msgspec import Struct

from ikz_workflow.documents import sandbox
from ikz_workflow.documents.adoption import PLACEHOLDERS, ink_of
from ikz_workflow.documents.charts import CONTENT, RELATION, Ink, chart_xml, part_name
from ikz_workflow.documents.finish import finish
from ikz_workflow.documents.inline import Balance, Tags
from ikz_workflow.documents.numbering import W, value
from ikz_workflow.documents.package import (
    Made,
    Member,
    canonical_zip,
    check_stamp,
    core,
    custom,
    member,
    shown,
)
from ikz_workflow.documents.quoting import heading as heading_of
from ikz_workflow.documents.quoting import sentence, told
from ikz_workflow.documents.render import Context, run
from ikz_workflow.documents.source import FIRST_SENTINEL, Faults, Tag, Tame
from ikz_workflow.documents.values import Stamp
from ikz_workflow.documents.wordflow import Flow
from ikz_workflow.documents.wordml import CONTENT_TYPES, CORE, CUSTOM, MARGIN
from ikz_workflow.documents.wordpen import Words, replaced, signs
from ikz_workflow.documents.wordtags import Found, tags_in
from ikz_workflow.documents.wordtree import MOST_TAGS, OFFICE, WORD, Tree, end_tag, is_too_deep, read_tree, start_tag
from ikz_workflow.errors import DocumentError, Problem

LARGEST = 8_000_000  # bytes of one part that holds text
_RESERVED = re.compile("[\U000f0000-\U0010ffff]")
_BRACES = re.compile(r"\{\{|\{%")
_UNREAD = re.compile(rb"\{\{|\{%")
_WHERE_TAGS = "Vorlagenzeichen wirken nur im Text, in Kopf- und Fußzeilen, Fußnoten und im Titel"
_SEAM = "\x00"  # between the parts while the marks are replaced: no XML holds it


@dataclass(frozen=True, slots=True)
class Spot:
    """A place of a Word template in its author's words, and for a machine: the part, the paragraph's number in it."""

    part: str
    paragraph: int
    quote: str
    heading: str

    @property
    def told(self) -> str:
        """Return the half sentence that says where it is."""
        where = {"h": " (Kopfzeile)", "f": " (Fußzeile oder Fußnote)"}.get(self.part.rpartition("/")[2][:1], "")
        return told(self.quote, self.heading) + where


@dataclass(frozen=True, slots=True)
class WordTemplate:
    """A compiled Word template: `texts` are Jinja texts by part, the main one first; a tag's line is its spot."""

    name: str
    label: str
    title: str
    texts: tuple[tuple[str, str], ...]
    parts: dict[str, bytes]
    static: dict[str, Member]
    lists: tuple[tuple[str, str], ...]
    spots: tuple[Spot, ...]
    names: frozenset[str]
    ink: Ink

    def problem(self, line: int | None, why: str) -> Problem:
        """Return a fault with its place in words."""
        spot = self.spots[line - 1] if line and 0 < line <= len(self.spots) else None
        return Problem(self.name, None, why + (spot.told if spot else ""))


class Draft:
    """A Word template being compiled: everything wrong with it in `faults`, whose lines number the `spots`.

    `tame` gives a tag that is not to be run another form, or None where nothing shall be left of it.
    """

    def __init__(self, data: bytes, name: str, tame: Tame | None = None) -> None:
        """Compile the bytes of a file. DocumentError where it is no harmless Word file."""
        self.name = name
        self.faults = Faults(name)
        self.spots: list[Spot] = []
        self.tags: list[Tag] = []  # as their author wrote them; a tag's line is its spot
        self._run: dict[str, Tag] = {}  # as they are run, by their sentinel
        self._tame = tame
        self.tree: Tree = read_tree(data, name, self.faults)
        self.title = self._title()
        self.texts: dict[str, str] = {}
        if not self._is_unfit():
            for part, root in self.tree.flowing.items():
                self.texts[part] = self._part(part, root)
        self._check_stamps()

    def template(self) -> WordTemplate:
        """Return the compiled template; DocumentError with every fault found."""
        if self.faults:
            raise DocumentError(self.name, tuple(self.problems()))
        lists = (CONTENT_TYPES, _relations_of(self.tree.main))
        static = {part: data for part, data in self.tree.static.items() if part not in lists}
        codes = {"print": "{{{{ {} }}}}", "control": "{{% {} %}}"}
        said = "".join(codes[tag.role].format(tag.code) for tag in self.tags if tag.role in codes)
        return WordTemplate(
            self.name,
            self.tree.label or self.name.removesuffix(".docx"),
            self.title,
            tuple(self.texts.items()),
            static,
            {part: member(part, data, 9) for part, data in static.items()},
            tuple((part, self.tree.static.get(part, b"").decode("utf-8")) for part in lists),
            tuple(self.spots),
            frozenset(sandbox.names_used(said)),
            ink_of(static),
        )

    def problems(self) -> list[Problem]:
        """Return every fault with its place in words, in the order of the places."""
        return [
            Problem(self.name, None, one.text + (self.spots[one.line - 1].told if one.line else ""))
            for one in self.faults.sorted()
        ]

    # -------------------------------------------------------------------------------------------------------- the tags
    def _is_unfit(self) -> bool:
        """Tell whether a part is too large or too deep to be looked at, or written in another dialect."""
        for part, root in self.tree.flowing.items():
            if root.nsmap.get("w") != WORD:
                self.faults.add(None, f"Der Teil {part} ist nicht im üblichen Word-Format geschrieben.")
            if is_too_deep(root):
                self.faults.add(None, f"In der Vorlage ({part}) liegt zu vieles ineinander.")
            if len(etree.tostring(root)) > LARGEST:
                self.faults.add(None, f"Die Vorlage ist zu lang ({part}, höchstens {LARGEST // 1_000_000} MB Text).")
        for part, data in self.tree.static.items():
            if part.endswith((".xml", ".rels")) and _UNREAD.search(data.replace(b"\0", b"")):
                self.faults.add(None, f"{_WHERE_TAGS}, nicht in diesem Teil der Datei: {part}.")
        return bool(self.faults) and any(
            "ineinander" in one.text or "zu lang" in one.text for one in self.faults.sorted()
        )

    def _title(self) -> str:
        """Compile the title in the file's properties, which may hold tags."""
        pen, balance = Tags(), Balance(self.faults, " im Titel")
        out: list[str] = []
        end, text = 0, self.tree.title
        for found in tags_in(text):
            out.append(text[end : found.start].replace("{", "").replace("}", ""))
            end = found.end
            spot = self._spot("docProps/core.xml", 0, text, found, "Eigenschaften der Datei: Titel")
            tag = self._taken(found, spot)
            if tag is None or tag.role == "comment":
                continue
            if tag.role == "control":
                balance.feed(tag)
                out.append(pen.control(tag))
            elif tag.role == "print":
                out.append(pen.printing(tag, "_title"))
            else:
                self.faults.add(spot, "Im Titel gibt es keine Marken oder Verweise.")
        balance.end()
        return "".join(out) + text[end:].replace("{", "").replace("}", "")

    def _spot(self, part: str, paragraph: int, shown_: str, found: Found | None, heading: str) -> int:
        quote = sentence(shown_, found.start, found.end) if found else sentence(shown_, 0, min(len(shown_), 1))
        self.spots.append(Spot(part, paragraph, quote, heading))
        return len(self.spots)

    def _taken(self, found: Found, spot: int) -> Tag | None:
        """Return a tag as it is to be run, its faults noted; None where nothing of it is run."""
        tag = Tag(found.role, found.code, spot)
        fault = found.fault
        if not fault and found.role == "print" and found.level:
            fault = f"„{{{{{found.level} …}}}}“ gibt es hier nicht; bitte {{{{ … }}}}: Die Schrift kommt aus Word."
        elif not fault and found.level in ("tc", "r"):
            fault = (
                f"„{{%{found.level} …%}}“ gibt es hier nicht: Spalten und Zeichenläufe lassen sich nicht wiederholen."
            )
        elif not fault and found.role in ("print", "control"):
            fault = sandbox.syntax_fault(found.role, found.code) or ""
        if fault:
            self.faults.add(spot, fault)
        self.tags.append(tag)
        if self._tame is not None:
            return self._tame(tag, bool(fault))
        return None if fault else tag

    def _paragraphs(self, part: str, root: etree._Element) -> dict[etree._Element, Words]:
        """Return the words of every paragraph of a part, their tags taken out and kept."""
        words: dict[etree._Element, Words] = {}
        heading = ""
        for number, element in enumerate(root.iter(W + "p")):
            found = list(signs(element))
            text = "".join(character for _element, character in found)
            shown_ = text.replace("\ufffc", " ")
            style = value(element.find(W + "pPr"), "pStyle")
            if style.startswith("Heading") or style == "Title":
                heading = heading_of(shown_)
            one = Words(element, shown_, heading)
            if _RESERVED.search(text):
                spot = self._spot(part, number, shown_, None, heading)
                self.faults.add(spot, "Der Absatz enthält ein Zeichen, das in Vorlagen nicht erlaubt ist.")
                replaced(found, [(0, len(found), "")])
                text, found = "", []
            changes: list[tuple[int, int, str]] = []
            for tag_found in islice(tags_in(text), MOST_TAGS + 1):
                spot = self._spot(part, number, shown_, tag_found, heading)
                tag = None if tag_found.role == "comment" else self._taken(tag_found, spot)
                sentinel = chr(FIRST_SENTINEL + len(self._run)) if tag else ""
                if tag:
                    self._run[sentinel] = tag
                    one.tags.append(tag)
                    one.levels |= {tag_found.level} - {""}
                if tag or tag_found.role != "stray":
                    changes.append((tag_found.start, tag_found.end, sentinel))
            one.text = replaced(found, changes) if changes else text
            words[element] = one
            if len(self._run) > MOST_TAGS:
                self.faults.add(None, f"Die Vorlage hat zu viele Steuerzeichen (höchstens {MOST_TAGS}).")
                break
        return words

    def _part(self, part: str, root: etree._Element) -> str:
        words = self._paragraphs(part, root)
        if any(one not in words for one in root.iter(W + "p")):
            return ""
        numbers = {element: number for number, element in enumerate(words)}

        def spot(one: Words) -> int:
            return self._spot(part, numbers[one.element], one.shown, None, one.heading)

        self._check_unread(part, root, spot, words)
        flow = Flow(self.faults, words, self._run.__getitem__, spot, part == self.tree.main)
        inside = flow.body(root)
        if _RESERVED.search(inside):
            self.faults.add(None, f"{_WHERE_TAGS}; in diesem Teil stehen welche an anderer Stelle: {part}.")
        for name, line in flow.references:
            if name not in flow.anchors:
                why = f"Der Verweis {{@{name}}} führt zu keiner Überschrift und keinem Absatz mit {{#{name}}}."
                self.faults.add(line, why)
        head = start_tag(root, root=True)
        if "r" not in root.nsmap:
            head = f'{head[:-1]} xmlns:r="{OFFICE}">'
        return f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>{head}{inside}{end_tag(root)}'

    def _check_unread(
        self, part: str, root: etree._Element, spot: Callable[[Words], int], words: dict[etree._Element, Words]
    ) -> None:
        """Note brackets where nothing is put in: in links, fields, alternative texts, formulas."""
        for element in root.iter():
            if not isinstance(element.tag, str):
                continue
            said = [*map(str, element.attrib.values()), "" if element.tag == W + "t" else element.text or ""]
            if any(_BRACES.search(one) for one in said):
                around = next((one for one in element.iterancestors(W + "p")), None)
                line = spot(words[around]) if around is not None else None
                self.faults.add(line, f"{_WHERE_TAGS}, nicht in Links, Feldern, Formeln und Alternativtexten ({part}).")

    def _check_stamps(self) -> None:
        """Note what header and footer must say, so that a document proves where it comes from, and do not."""
        margins = {
            index for index, spot in enumerate(self.spots, 1) if re.search(r"(header|footer)\d*\.xml$", spot.part)
        }
        printed = {tag.code for tag in self.tags if tag.line in margins}
        for missing in PLACEHOLDERS:
            if missing not in printed:
                self.faults.add(
                    None,
                    f"In Kopf- und Fußzeile fehlt „{{{{ {missing} }}}}“; jedes Dokument trägt dort seinen Nachweis.",
                )


def _relations_of(part: str) -> str:
    folder, _slash, base = part.rpartition("/")
    return f"{folder}/_rels/{base}.rels"


@lru_cache(maxsize=16)
def compile_word(data: bytes, name: str) -> WordTemplate:
    """Compile a Word template called `name` in messages; raise DocumentError with every fault found."""
    return Draft(data, name).template()


def render_word(template: WordTemplate, context: Context, stamp: Stamp) -> bytes:
    """Return the Word file of a template: the same arguments give the same bytes. Raises as `render` does."""
    return WordDraft(template, context).sealed(stamp).content


class WordDraft(Struct, frozen=True):
    """A document of a Word template; its notes and margins print what the stamp says, so it is rendered with it."""

    template: WordTemplate
    context: Context

    def sealed(self, stamp: Stamp) -> Made:
        """Return the Word file; raises as `render` does."""
        return _rendered(self.template, self.context, stamp)


def _rendered(template: WordTemplate, context: Context, stamp: Stamp) -> Made:

    def refusal(line: int, why: str) -> DocumentError:
        return DocumentError(template.name, (template.problem(line, why),))

    # A title of the document's own values; header and footer know the stamp besides.
    title = run(template.title, context, refusal) if template.title else stamp.title
    check_stamp(stamp, title)
    stamped = context | shown(stamp)
    printed = [run(text, context if not at else stamped, refusal) for at, (_part, text) in enumerate(template.texts)]
    faults = Faults(template.name)
    made = finish(_SEAM.join(printed), faults)
    if faults:
        raise DocumentError(template.name, tuple(template.problem(one.line, one.text) for one in faults.sorted()))
    changing = dict(zip((part for part, _text in template.texts), made.body.split(_SEAM), strict=True))
    changing |= dict(_with_charts(template, [chart_xml(one, template.ink) for one in made.charts]))
    parts = {part: text.encode("utf-8") for part, text in changing.items()}
    properties = {CORE: core(title, stamp).encode("utf-8"), CUSTOM: custom(stamp).encode("utf-8")}
    members = [member(part, data) for part, data in (parts | properties).items()]
    text = {part: data for part, data in parts.items() if not MARGIN.fullmatch(part.casefold())}
    return Made(canonical_zip([*template.static.values(), *members]), template.parts | text)


def _with_charts(template: WordTemplate, charts: list[str]) -> Iterator[tuple[str, str]]:
    """Yield the parts of charts, and the lists of types and relations that name them."""
    (types_part, types), (relations_part, relations) = template.lists
    for number, chart in enumerate(charts, 1):
        name = part_name(number)
        yield name, chart
        types = types.replace("</Types>", f'<Override PartName="/{name}" ContentType="{CONTENT}"/></Types>')
        entry = f'<Relationship Id="rIdChart{number}" Type="{RELATION}" Target="/{name}"/>'
        relations = relations.replace("</Relationships>", f"{entry}</Relationships>")
    yield types_part, types
    yield relations_part, relations
