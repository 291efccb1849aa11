"""Know what the law says of legal forms: which rows of the register hold on a day, and who checked them."""

from __future__ import annotations

from ikz_workflow import german
from ikz_workflow.errors import InvalidInput, NotFound
from ikz_workflow.events import FormConfirmed
from ikz_workflow.language import gettext as _
from ikz_workflow.proposal import LegalForm
from ikz_workflow.services import inputs, shipped
from ikz_workflow.services.cases import CONFIRMING, department_key, form_row, forms, hidden, keeper
from ikz_workflow.services.home import Home
from ikz_workflow.storage.transaction import Transaction


def valid_forms(home: Home, day: str) -> list[LegalForm]:
    """Return the rows of legal forms valid on a day: of the register, or as shipped where there is no home yet."""
    if home.database.exists():
        with home.ready.reading(home.now()) as tx:
            rows = forms(tx)
    else:
        rows = [value for _kind, _key, value in shipped.entries(home) if isinstance(value, LegalForm)]
    keys = dict.fromkeys(row.key for row in rows)
    return [row for key in keys if (row := form_row(rows, key, day)) is not None]


def confirm(
    home: Home,
    form: str,
    by: str,
    *,
    valid_from: str | None = None,
    on: str | None = None,
    note: str | None = None,
) -> LegalForm:
    """Note that a department checked a legal form's row, and return the row.

    `by` is the department, after a comma perhaps the person's name, which enters the history as a commitment only.
    `valid_from` names the row by the day it is valid from ("undated" too); without it, it is the one valid today.
    """
    unit, _comma, name = by.partition(",")
    day = inputs.happened(on, home.today)
    if day is None or len(day) != 10:
        raise InvalidInput("--on", on or "", _("Hier ist der genaue Tag nötig, z. B. 01.01.2027."))
    with home.writing() as tx:
        row = _row(tx, home, form, valid_from)
        department = tx.entry("department", department_key(tx, unit.strip()))
        short = str(getattr(department.value, "short", department.key))
        if (row.checked_by, row.checked_on) == (short, day):
            raise InvalidInput(row.label, "", _("Die Zeile trägt schon diesen Prüfvermerk."))
        key = f"{row.key}@{row.valid_from}"
        actor = keeper(tx, home, f"form/{key}", _("Rechtsformen bestätigen"), CONFIRMING)
        checker = hidden(tx, "checker", inputs.text("--by", name.strip(), lines=False) if name.strip() else None)
        remark = hidden(tx, "note", inputs.text("--note", note) if note else None)
        what = FormConfirmed(short, day, checker)
        tx.register("form", key, what, actor, day, remark)
        return what.entry(row)


def _row(tx: Transaction, home: Home, form: str, valid_from: str | None) -> LegalForm:
    rows = forms(tx)
    labels = {row.label.casefold(): row.key for row in rows}  # an older row may bear another name
    key = labels.get(form.strip().casefold()) or inputs.choice(_("Rechtsform"), form, {r.key: r.label for r in rows})
    mine = [row for row in rows if row.key == key]
    if valid_from is None:
        found = form_row(rows, key, home.today.isoformat())
    else:
        start = valid_from if valid_from == "undated" else inputs.full_date("--from", valid_from)
        found = next((row for row in mine if row.valid_from == start), None)
    if found is None:
        remedy = _("Es gibt Zeilen ab: {days}.").format(days=", ".join(german.date(row.valid_from) for row in mine))
        raise NotFound(_("Die Zeile ab"), valid_from or "", (), remedy)
    return found
