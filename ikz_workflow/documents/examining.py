"""Everything wrong with a template, in one go: what can be read off it, and what fails when it is tried."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from ikz_workflow.documents import bounds, markdown, sandbox, word
from ikz_workflow.documents.adoption import PLACEHOLDERS
from ikz_workflow.documents.finish import finish
from ikz_workflow.documents.noting import TRYING, Absence, absences
from ikz_workflow.documents.quoting import heading_before, sentence, told, words_of
from ikz_workflow.documents.render import AUTHORS_ERRORS, Context, line_of, reason
from ikz_workflow.documents.source import Faults, Tag
from ikz_workflow.errors import DocumentError, Problem, near, suggestion

_MOST_ROUNDS = 60  # each mutes what failed in the one before
_FOR = re.compile(r"for\s+([A-Za-z][\w, ]*?)\s+in\b")
_SET = re.compile(r"set\s+([A-Za-z]\w*)")
_MARGIN = re.compile(r"(header|footer)\d*\.xml$")
_NOBODY = "Die Angabe „{name}“ kennt kein Verfahren."
_ABSENT = "Die Angabe „{name}“ gibt es hier nicht."


@dataclass(frozen=True, slots=True)
class Finding:
    """One fault of a template; of a Word template also the spot, where it has one."""

    problem: Problem
    spot: word.Spot | None = None


class _Taming:
    """Gives every tag the form it is tried in: faulty ones a harmless one, those without counterpart none."""

    def __init__(self, muted: Iterable[int] = (), dropped: Iterable[int] = (), numbered: bool = False) -> None:
        self._muted, self._dropped, self._numbered = frozenset(muted), frozenset(dropped), numbered
        self.tags: list[Tag] = []  # as their author wrote them
        self.faulty: set[int] = set()
        self.numbers: dict[int, int] = {}  # the line of a tag as it is run → its number

    def __call__(self, tag: Tag, is_faulty: bool) -> Tag | None:
        number = len(self.tags)
        self.tags.append(tag)
        if is_faulty:
            self.faulty.add(number)
        if number in self._dropped:
            return None
        run = _harmless(tag) if is_faulty or number in self._muted else tag
        if run is not None:
            run = replace(run, line=number + 1) if self._numbered else run
            self.numbers.setdefault(run.line, number)
        return run


def _harmless(tag: Tag) -> Tag | None:
    """Return a tag that stands in its place and does nothing; None for one whose word nobody can guess."""
    if tag.role == "print":
        return replace(tag, code='""')
    if tag.role != "control":
        return None if tag.role == "stray" else tag
    word_ = tag.keyword if tag.keyword in sandbox.KEYWORDS else next(iter(near(tag.keyword, sandbox.KEYWORDS)), "")
    if word_ == "for":
        found = _FOR.match(tag.code)
        return replace(tag, code=f'for {found[1] if found else "x"} in [""]')
    if word_ == "set":
        found = _SET.match(tag.code)
        return replace(tag, code=f'set {found[1]} = ""') if found else None
    codes = {"if": "if true", "elif": "elif true", "else": "else", "endif": "endif", "endfor": "endfor"}
    return replace(tag, code=codes[word_]) if word_ else None


class _Trial:
    """What one kind of template needs to be tried: made anew with other tags muted, and told where a tag stands."""

    def __init__(self, make: Callable[[_Taming], tuple[list[tuple[str, bool]], Faults]]) -> None:
        self._make = make

    def unmatched(self) -> set[int]:
        """Return the numbers of the control tags without their counterpart, those that come of leaving them out too."""
        dropped: set[int] = set()
        while True:
            taming = _Taming(dropped=dropped, numbered=True)
            _texts, faults = self._make(taming)
            more = {taming.numbers[tag.line] for tag in faults.unmatched if tag.line in taming.numbers} - dropped
            if not more:
                return dropped
            dropped |= more

    def run(self, contexts: Sequence[Context], dropped: set[int]) -> dict[tuple[int | None, str], Absence | None]:
        """Return what fails with any of the contexts: the number of the tag and why, or the absence that was noted."""
        found: dict[tuple[int | None, str], Absence | None] = {}
        muted: set[int] = set()
        for _round in range(_MOST_ROUNDS):
            taming = _Taming(muted, dropped, numbered=True)
            texts, _faults = self._make(taming)
            compiled = [(sandbox.compiled(text, TRYING), is_margin) for text, is_margin in texts]
            failed: set[int] = set()
            for context in contexts:
                noted: list[Absence] = []
                absences.set(noted)
                printed: list[str] = []
                for template, is_margin in compiled:
                    bounds.begin()
                    try:
                        stamp = dict.fromkeys(PLACEHOLDERS, "x") if is_margin else {}
                        printed.append(template.render(context | stamp))
                    except AUTHORS_ERRORS as error:
                        line = line_of(error.__traceback__)
                        if line is None:
                            raise
                        number = taming.numbers.get(line)
                        found[number, reason(error)] = None
                        failed |= {number} if number is not None else set()
                for one in noted:
                    found[taming.numbers.get(one.line), one.name] = one
                if len(printed) == len(compiled):
                    faults = Faults("")
                    finish("".join(printed[1:]), faults)
                    found |= {(taming.numbers.get(one.line or 0), one.text): None for one in faults.sorted()}
            if not failed - muted:
                break
            muted |= failed
        return found


def _names(tags: Sequence[Tag]) -> tuple[list[set[str]], frozenset[str]]:
    """Return the names each tag takes from the context, and those that tags bind anywhere."""
    bound = {"loop"}
    for tag in tags:
        if tag.role == "control" and (match := _FOR.match(tag.code) or _SET.match(tag.code)):
            bound |= {name.strip() for name in match[1].split(",")}
    used = []
    for tag in tags:
        faulty = tag.role not in ("print", "control") or sandbox.syntax_fault(tag.role, tag.code)
        used.append(set() if faulty else sandbox.names_used(_alone(tag)))
    return used, frozenset(bound)


def _alone(tag: Tag) -> str:
    """Return a tag as a text that is whole by itself."""
    if tag.role == "print":
        return f"{{{{ {tag.code} }}}}"
    ends = {"if": "{% endif %}", "for": "{% endfor %}", "elif": "{% endif %}"}
    start = "{% if true %}" if tag.keyword == "elif" else ""
    whole = f"{start}{{% {tag.code} %}}{ends.get(tag.keyword, '')}"
    return whole if tag.keyword in ("if", "for", "elif", "set") else ""


def _faults_of(
    trial: _Trial,
    tags: Sequence[Tag],
    known: Sequence[frozenset[str]],
    contexts: Sequence[Context],
) -> list[tuple[int | None, str]]:
    """Return the faults that names and trials show: the number of the tag, and what is wrong."""
    used, bound = _names(tags)
    found: dict[tuple[int | None, str], None] = {}
    unknown: dict[int, set[str]] = {}
    for number, names in enumerate(used):
        for name in sorted(names):
            if known[number] and name.split(".")[0] not in bound and name not in known[number]:
                text = _NOBODY.format(name=name) + suggestion(near(name, known[number]))
                found[number, text] = None
                unknown.setdefault(number, set()).update(name.split("."))
    dropped = trial.unmatched()
    broken = bool(dropped) or any(sandbox.syntax_fault(tag.role, tag.code) for tag in tags if tag.role == "control")
    tried = trial.run(contexts, dropped)
    for (at, text), absence in tried.items():
        if absence is not None:
            if at is not None and absence.name in unknown.get(at, set()):
                continue
            if broken and (absence.name in bound or not absence.beside):
                continue  # that comes of a loop that could not be run as it is written
            text = _ABSENT.format(name=absence.name) + suggestion(near(absence.name, absence.beside))
        found[at, text] = None
    return list(found)


def _is_told(tags: Sequence[Tag], number: int | None, faults: Faults) -> bool:
    """Tell whether a reference that leads nowhere in a trial is known to lead nowhere at all."""
    if number is None or tags[number].role != "reference":
        return False
    return any(f"{{@{tags[number].code}}}" in one.text for one in faults.sorted())


def examine_text(
    source: str, name: str, known: frozenset[str], contexts: Sequence[Context]
) -> tuple[str, list[Finding]]:
    """Return the label of a text template and everything wrong with it, in the order of its lines."""
    taming = _Taming()
    draft = markdown.Draft(source, name, taming)
    lines = draft.source.split("\n")
    first = draft.front.lines + 1
    titles = len(draft.title_scan.tags)

    def place(number: int) -> str:
        tag = taming.tags[number]
        if number < titles:
            return told(sentence(draft.front.title, tag.at, tag.end))
        return told(sentence(draft.text, tag.at, tag.end), heading_before(draft.text, tag.at))

    def place_of_line(line: int | None, text: str) -> str:
        here = [number for number, tag in enumerate(taming.tags) if tag.line == line]
        for number in here:
            tag = taming.tags[number]
            if sandbox.syntax_fault(tag.role, tag.code) == text or f"„{tag.keyword}“" in text:
                return place(number)
        if not line or line > len(lines) or line < first:
            return ""
        return place(here[0]) if here else told(words_of(lines[line - 1]))

    findings = {Problem(name, one.line, one.text + place_of_line(one.line, one.text)) for one in draft.faults.sorted()}

    def make(other: _Taming) -> tuple[list[tuple[str, bool]], Faults]:
        again = markdown.Draft(source, name, other)
        return [(again.title, False), (again.body, False)], again.faults

    if draft.text:
        tried = _faults_of(_Trial(make), taming.tags, [known] * len(taming.tags), contexts)
        for number, text in tried:
            if _is_told(taming.tags, number, draft.faults):
                continue
            findings.add(
                Problem(name, taming.tags[number].line, text + place(number))
                if number is not None
                else Problem(name, None, text)
            )
    ordered = sorted(findings, key=lambda one: (one.line or 0, one.text))
    return draft.front.label, [Finding(one) for one in ordered]


def examine_word(
    data: bytes, name: str, known: frozenset[str], contexts: Sequence[Context]
) -> tuple[str, list[Finding]]:
    """Return the label of a Word template and everything wrong with it, in the order of its paragraphs."""
    taming = _Taming()
    try:
        draft = word.Draft(data, name, taming)
    except DocumentError as error:
        return "", [Finding(problem) for problem in error.problems]
    found: dict[tuple[int, str], word.Spot | None] = {}
    for one in draft.faults.sorted():
        found[one.line or 0, one.text] = draft.spots[one.line - 1] if one.line else None

    def make(other: _Taming) -> tuple[list[tuple[str, bool]], Faults]:
        again = word.Draft(data, name, other)
        texts = [(text, bool(_MARGIN.search(part))) for part, text in again.texts.items()]
        return [(again.title, False), *texts], again.faults

    if draft.texts:
        tags, spots = taming.tags, draft.spots
        stamped = known | set(PLACEHOLDERS) if known else known
        names = [stamped if _MARGIN.search(spots[tag.line - 1].part) else known for tag in tags]
        for number, text in _faults_of(_Trial(make), tags, names, contexts):
            if _is_told(tags, number, draft.faults):
                continue
            spot = spots[tags[number].line - 1] if number is not None else None
            found[tags[number].line if number is not None else 0, text] = spot
    return draft.tree.label, [
        Finding(Problem(name, None, text + (spot.told if spot else "")), spot)
        for (_line, text), spot in sorted(found.items(), key=lambda item: item[0])
    ]
