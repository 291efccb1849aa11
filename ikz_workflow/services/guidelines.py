"""Collect the newest guideline of every proposal in one document."""

from __future__ import annotations

from msgspec import Struct

from ikz_workflow import german
from ikz_workflow.language import gettext as _
from ikz_workflow.proposal import DocumentVersion, Proposal
from ikz_workflow.reports.stories import Names, Scope, Story, selected
from ikz_workflow.services import templates
from ikz_workflow.services.home import Home
from ikz_workflow.services.printing import design
from ikz_workflow.services.reports import collection_stamp, names, stories

KIND = "guideline"
COVER = "guidelines"


class Collection(Struct, frozen=True):
    """The bound document, how many guidelines are in it, and the keys of those set anew because edited by hand."""

    content: bytes
    count: int
    edited: tuple[str, ...]


def collect(home: Home, *, samples: bool = False) -> Collection:
    """Return all newest guidelines bound into one Word file; the same history gives the same bytes."""
    from ikz_workflow.documents.binding import Chapter, bind
    from ikz_workflow.documents.markdown import compile_template

    with home.ready.reading(home.now()) as tx:
        every = stories(tx)
        told = selected(every, Scope(samples)).stories
        at = max((move.at for one in every for move in one.moves), default=tx.at)
        known = names(tx, at[:10])
        found = [(one, latest) for one in told if (latest := _there(one.proposal))]
        chapters = [
            Chapter(one.title, _note(one, latest, known), tx.blob(latest.file_hash), _ours(latest))
            for one, latest in found
        ]
        context: dict[str, object] = {
            "own": {"name": known.organisation(known.own)},
            "day": german.long_date(at[:10]),
            "position": tx.head.seq,
            "count": len(chapters),
            "missing": [_missing(one, known) for one in told if one.is_open and not _there(one.proposal)],
        }
        cover = compile_template(templates.text(home, COVER), f"{COVER}{templates.TEXT}")
        content = bind(
            cover, context, chapters, collection_stamp(tx, "Sammlung", _("Handlungsleitfäden"), at), design(home)
        )
        return Collection(content, len(chapters), tuple(one.key for one, latest in found if not _ours(latest)))


def _there(proposal: Proposal) -> DocumentVersion | None:
    """Return the newest guideline, None if there is none or its bytes were erased."""
    latest = proposal.latest(KIND)
    return None if latest is None or latest.erased else latest


def _ours(version: DocumentVersion) -> bool:
    return version.origin == "generated"


def _note(story: Story, version: DocumentVersion, known: Names) -> str:
    text = _("{key}, {department}, Fassung {n} vom {day}, Stufe „{stage}“.").format(
        key=story.key,
        department=known.department(story.proposal.department),
        n=version.number,
        day=german.date(version.on or version.at[:10]),
        stage=story.stage.label,
    )
    if _ours(version):
        return text
    edited = _(" Von Hand bearbeitet; wiedergegeben ist der Wortlaut. Bilder und Hervorhebungen: {command}")
    return text + edited.format(command=f"ikz document export {story.key} {KIND}")


def _missing(story: Story, known: Names) -> dict[str, str]:
    return {"key": story.key, "title": story.title, "department": known.department(story.proposal.department)}
