"""Look whether XML declares a document type, the door to entities, without parsing more than its beginning."""

from __future__ import annotations

from xml.parsers import expat


class _Seen(Exception):
    """The beginning is over; tells whether a document type was there."""


def has_doctype(content: bytes) -> bool:
    """Tell whether XML in whatever encoding declares a document type; False also for what is no XML."""
    parser = expat.ParserCreate()

    def doctype(*_declared: object) -> None:
        raise _Seen(True)

    def element(*_named: object) -> None:
        raise _Seen(False)

    parser.StartDoctypeDeclHandler, parser.StartElementHandler = doctype, element
    try:
        parser.Parse(content, True)
    except _Seen as seen:
        return bool(seen.args[0])
    except (expat.ExpatError, LookupError, ValueError):
        return False
    return False
