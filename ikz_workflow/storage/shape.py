"""Say in what the tables found differ from those declared: foreign, altered and missing parts by their names."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Set

from msgspec import Struct
from sqlalchemy import Dialect
from sqlalchemy.schema import CreateIndex, CreateTable

from ikz_workflow.language import gettext as _
from ikz_workflow.storage.tables import metadata

Part = tuple[str, str]  # the table it belongs to, and its name: event, Spalte event.seq
Shape = Mapping[Part, str]  # what each part is: INTEGER NOT NULL

_ALEMBIC = "(version_num VARCHAR(32) NOT NULL, CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num))"
_CONSTRAINT = ("CONSTRAINT", "PRIMARY", "UNIQUE", "CHECK", "FOREIGN")


class Strange(Struct, frozen=True):
    """The names of parts that nobody declared, that are not as declared, and that are gone."""

    foreign: tuple[str, ...]
    altered: tuple[str, ...]
    missing: tuple[str, ...]

    def __bool__(self) -> bool:
        """Tell whether there is anything strange."""
        return bool(self.foreign or self.altered or self.missing)

    def __str__(self) -> str:
        """Return all of it in a sentence."""
        parts = ((_("fremd"), self.foreign), (_("verändert"), self.altered), (_("es fehlt"), self.missing))
        return "; ".join(f"{what}: {', '.join(names)}" for what, names in parts if names)


def compared(found: Shape, dialect: Dialect) -> Strange:
    """Return in what a shape found differs from the one declared."""
    wanted = declared(dialect)
    altered = {part for part in found.keys() & wanted.keys() if found[part] != wanted[part]}
    return Strange(*map(_names, (found.keys() - wanted.keys(), altered, wanted.keys() - found.keys())))


def _names(parts: Set[Part]) -> tuple[str, ...]:
    """Return the names of parts; of a whole table those of its columns and rules say no more."""
    whole = {table for table, name in parts if name == table_part(table)[1]}
    return tuple(sorted(name for table, name in parts if table not in whole or name == table_part(table)[1]))


def declared(dialect: Dialect) -> Shape:
    """Return the shape that the models declare."""
    shape = dict(parts_of_table("alembic_version", _ALEMBIC))
    for table in metadata.tables.values():
        shape |= parts_of_table(table.name, str(CreateTable(table).compile(dialect=dialect)))
        for index in table.indexes:
            shape[index_part(table.name, str(index.name))] = bare(str(CreateIndex(index).compile(dialect=dialect)))
    return shape


def parts_of_table(name: str, statement: str) -> Iterator[tuple[Part, str]]:
    """Yield the parts of a table by what created it: each column and each rule; what is said of the whole table."""
    head, _paren, body = statement.partition("(")
    inside, _paren, after = body.rpartition(")")
    whole = " ".join(bare(head).split()[:-1][2:] + bare(after).split())  # VIRTUAL, STRICT, WITHOUT ROWID …
    yield table_part(name), whole
    for clause in _clauses(bare(inside)):
        word, _blank, rest = clause.partition(" ")
        yield (rule_part(name, clause), "") if word in _CONSTRAINT else (column_part(name, word), rest)


def _clauses(text: str) -> Iterable[str]:
    """Return what commas outside of parentheses part."""
    depth, clauses = 0, [""]
    for character in text:
        depth += (character == "(") - (character == ")")
        if character == "," and depth == 0:
            clauses.append("")
        else:
            clauses[-1] += character
    return map(str.strip, clauses)


def bare(text: str) -> str:
    """Return a statement without quotes, in single blanks."""
    return re.sub(r"\s+", " ", text.replace('"', "")).strip()


def table_part(table: str) -> Part:
    """Return a table as a part of its own."""
    return table, _("Tabelle {name}").format(name=table)


def column_part(table: str, column: str) -> Part:
    """Return a column as a part."""
    return table, _("Spalte {name}").format(name=f"{table}.{column}")


def rule_part(table: str, rule: str) -> Part:
    """Return a rule of a table as a part: a key, a condition."""
    return table, _("Regel von {name}: {rule}").format(name=table, rule=rule)


def index_part(table: str, index: str) -> Part:
    """Return an index as a part."""
    return table, _("Index {name}").format(name=index)


def view_part(view: str) -> Part:
    """Return a view as a part."""
    return view, _("Sicht {name}").format(name=view)
