"""Write the blank form in which departments name topics fit for co-operation; say which columns it has."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ikz_workflow.exchange.sheets import Column
from ikz_workflow.exchange.workbook import cell_of, head, letter, put_text, saved
from ikz_workflow.language import gettext as _

COLUMNS = (
    Column("title", "Titel", ("Vorhaben", "Vorschlag", "Titel des Vorhabens", "Bezeichnung"), needed=True),
    Column("department", "Organisationseinheit", ("OE", "Amt", "Fachbereich", "Dezernat", "Amt/Fachbereich", "FB/Amt")),
    Column("topic", "Thema", ("Themenbereich", "Themenfeld")),
    Column("partners", "Mögliche Partner", ("Partner", "Kooperationspartner", "Möglicher Partner")),
    Column("approached", "Schon angesprochen?", ("Angesprochen", "Partner schon angesprochen?")),
    Column("summary", "Kurzbeschreibung", ("Beschreibung", "Worum geht es?", "Inhalt")),
    Column("benefit", "Nutzen für den Partner", ("Nutzen", "Vorteile")),
    Column("contact", "Ansprechperson", ("Ansprechpartner", "Ansprechpartnerin", "Ansprechpartner/in", "Kontakt")),
    Column("obstacles", "Hemmnisse", ("Hemmnis", "Hindernisse", "Befürchtete Hemmnisse")),
)
_WIDTHS = {"title": 26, "department": 21, "topic": 24, "partners": 22, "summary": 32, "benefit": 28, "obstacles": 20}
_ROWS = 100  # prepared for answers
_HEADER = 7
_LISTS = "Listen"


def survey_form(departments: Sequence[str], topics: Sequence[str], obstacles: Sequence[str]) -> bytes:
    """Return the form as a workbook: instructions, a header in sight, lists to choose from."""
    from openpyxl import Workbook
    from openpyxl.styles import Alignment, Border, Font, Side
    from openpyxl.worksheet.datavalidation import DataValidation

    book = Workbook()
    sheet, lists = book.worksheets[0], book.create_sheet(_LISTS)
    sheet.title = "Vorschläge"
    choices: Mapping[str, Sequence[str]] = {
        "department": departments,
        "topic": topics,
        "approached": (_("ja"), _("nein")),
        "obstacles": obstacles,
    }
    put_text(cell_of(sheet, 1, 1), _("Abfrage: Themen für die Zusammenarbeit mit anderen Kommunen und Einrichtungen"))
    cell_of(sheet, 1, 1).font = Font(bold=True, size=14)
    for row, text in enumerate(_instructions(), start=2):
        put_text(cell_of(sheet, row, 1), text)
    head(sheet, _HEADER, [column.label for column in COLUMNS])
    line = Side(style="thin", color="B7B7B7")
    for number, column in enumerate(COLUMNS, start=1):
        sheet.column_dimensions[letter(number)].width = _WIDTHS.get(column.name, 15)
        for row in range(_HEADER + 1, _HEADER + 1 + _ROWS):
            cell = cell_of(sheet, row, number)
            cell.number_format = "@"
            cell.alignment = Alignment(vertical="top", wrap_text=True)
            cell.border = Border(left=line, right=line, top=line, bottom=line)
    sheet.row_dimensions[_HEADER].height = 30  # points
    for row in range(_HEADER + 1, _HEADER + 1 + _ROWS):
        sheet.row_dimensions[row].height = 48
    head(lists, 1, [column.label for column in COLUMNS if column.name in choices])
    for number, column in enumerate((one for one in COLUMNS if one.name in choices), start=1):
        values = choices[column.name]
        lists.column_dimensions[letter(number)].width = max([14, *(len(value) + 2 for value in values)])
        for row, value in enumerate(values, start=2):
            put_text(cell_of(lists, row, number), value)
        source = f"{_LISTS}!${letter(number)}$2:${letter(number)}${max(2, len(values) + 1)}"
        rule = DataValidation(type="list", formula1=source, allow_blank=True)
        rule.showErrorMessage = column.name not in ("obstacles", "topic")  # several obstacles, a topic not yet listed
        place = letter(next(n for n, one in enumerate(COLUMNS, start=1) if one.name == column.name))
        rule.add(f"{place}{_HEADER + 1}:{place}{_HEADER + _ROWS}")
        sheet.add_data_validation(rule)
    sheet.print_area = f"A1:{letter(len(COLUMNS))}{_HEADER + 12}"
    return saved(book)


def _instructions() -> tuple[str, ...]:
    return (
        _("Je Zeile ein Vorschlag. Nötig sind Titel und Organisationseinheit; alles andere kann später folgen."),
        _("Mehrere Partner oder Hemmnisse mit Semikolon trennen. Partner mit vollem Namen, z. B. Landkreis Börde."),
        _("Thema: aus der Liste wählen oder leer lassen. Nutzen: zuerst der für den Partner, möglichst mit Zahlen."),
        _("Ansprechperson: wer bei uns Auskunft gibt. Bitte keine Zeilen über der Kopfzeile einfügen."),
    )
