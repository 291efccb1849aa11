"""Read the shape of the tables from the catalogue of a PostgreSQL server."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection

from ikz_workflow.storage.shape import Part, Shape, bare, column_part, index_part, rule_part, table_part, view_part

_OURS = (  # what belongs to an extension, such as its views, is not ours to judge
    "c.relnamespace = current_schema()::regnamespace "
    "AND NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e')"
)
_RELATIONS = (
    "SELECT relkind::text, relname, relpersistence::text, relrowsecurity, relhassubclass "
    "FROM pg_class c WHERE relkind IN ('r', 'p', 'f', 'v', 'm') AND OURS"
)
_COLUMNS = (
    "SELECT c.relname, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull, "
    "CASE WHEN a.attcollation IN (0, t.typcollation) THEN '' ELSE l.collname END, "
    "coalesce(pg_get_expr(b.adbin, b.adrelid), '') "
    "FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_type t ON t.oid = a.atttypid "
    "LEFT JOIN pg_collation l ON l.oid = a.attcollation "
    "LEFT JOIN pg_attrdef b ON (b.adrelid, b.adnum) = (a.attrelid, a.attnum) "
    "WHERE a.attnum > 0 AND NOT a.attisdropped AND c.relkind IN ('r', 'p', 'f') AND OURS"
)
_CONSTRAINTS = (
    "SELECT c.relname, n.conname, n.contype::text, pg_get_constraintdef(n.oid) "
    "FROM pg_constraint n JOIN pg_class c ON c.oid = n.conrelid WHERE n.contype NOT IN ('n', 't') AND OURS"
)
_INDEXES = (
    "SELECT c.relname, i.relname, pg_get_indexdef(x.indexrelid), x.indisvalid, current_schema() "
    "FROM pg_index x JOIN pg_class c ON c.oid = x.indrelid JOIN pg_class i ON i.oid = x.indexrelid "
    "WHERE NOT EXISTS (SELECT 1 FROM pg_constraint n WHERE n.conindid = x.indexrelid) AND OURS"
)


def shape(connection: Connection) -> Shape:
    """Return the shape of the tables, triggers and rules aside, as the catalogue tells it."""
    parts: dict[Part, str] = {}
    for kind, name, persistence, secured, inherited in _read(connection, _RELATIONS):
        if kind in ("v", "m"):
            parts[view_part(name)] = ""
            continue
        told = (("" if kind == "r" else kind, kind != "r"), ("UNLOGGED", persistence != "p"),
                ("ROW SECURITY", secured), ("INHERITED", inherited))  # fmt: skip
        parts[table_part(name)] = " ".join(word for word, is_so in told if is_so)
    for table, column, kind, not_null, collation, default in _read(connection, _COLUMNS):
        words = [kind.replace("character varying", "varchar").upper()]
        words += [f"COLLATE {collation}"] * bool(collation) + [f"DEFAULT {default}"] * bool(default)
        parts[column_part(table, column)] = " ".join(words + ["NOT NULL"] * not_null)
    for table, name, kind, text in _read(connection, _CONSTRAINTS):
        is_usual = kind == "p" and name == f"{table}_pkey"
        parts[rule_part(table, bare(text if is_usual else f"CONSTRAINT {name} {text}"))] = ""
    for table, name, text, valid, schema in _read(connection, _INDEXES):
        usual = bare(text).replace(" USING btree", "").replace(f" ON {schema}.", " ON ")
        parts[index_part(table, name)] = usual if valid else ""
    return parts


def _read(connection: Connection, query: str) -> Iterable[Any]:
    return connection.exec_driver_sql(query.replace("OURS", _OURS))
