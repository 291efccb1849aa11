"""The look of our documents: their styles, the one bullet list, the settings."""

from __future__ import annotations

from dataclasses import dataclass

NAMESPACE = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
FONT = "Arial"  # Liberation Sans has the same widths: pages break alike where Arial is not installed
BLUE = "1F3A5F"
GREY = "595959"  # 7:1 on white
RULE = "B4BECB"
SHADE = "E9EEF4"


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph style: sizes in points, distances in twentieths of a point."""

    id: str
    name: str
    based: str = "Normal"
    following: str = ""
    size: float = 0
    bold: bool | None = None
    italic: bool = False
    colour: str = ""
    before: int | None = None
    after: int | None = None
    line: int = 0
    exact: bool = False
    keep: bool = False
    indent: str = ""
    align: str = ""
    tabs: str = ""
    borders: str = ""
    shade: str = ""
    numbered: bool = False
    bullet_level: int | None = None
    bullets: int = 0  # which of the bullet lists
    page_break: bool = False
    hyphens: bool = True
    level: int | None = None


def _tab(position: int, kind: str = "left", leader: str = "") -> str:
    dots = f' w:leader="{leader}"' if leader else ""
    return f'<w:tab w:val="{kind}"{dots} w:pos="{position}"/>'


def _heading(level: int, size: float, before: int, after: int) -> Paragraph:
    return Paragraph(
        f"Heading{level}", f"heading {level}", following="Normal", size=size, bold=True, colour=BLUE, before=before,
        after=after, line=252, keep=True, indent='w:left="0" w:firstLine="0"', align="left", tabs=_tab(680),
        hyphens=False, level=level - 1,
    )  # fmt: skip


_WORDS_OWN = ("Normal", "Title", "Subtitle", "heading", "List", "header", "footer", "toc")
_BULLET = 'w:left="{}" w:hanging="340"'
_TOC_INDENT = 'w:left="510" w:hanging="510"'
_BAR = (
    f'<w:top w:val="single" w:sz="4" w:space="4" w:color="{SHADE}"/>'
    f'<w:left w:val="single" w:sz="24" w:space="8" w:color="{BLUE}"/>'
    f'<w:bottom w:val="single" w:sz="4" w:space="4" w:color="{SHADE}"/>'
)

PARAGRAPHS = (
    Paragraph("Normal", "Normal", based="", before=0, after=120, line=276),
    # The title is a heading of the first level to whoever reads by headings: no document begins with the second.
    Paragraph("Title", "Title", following="Normal", size=20, bold=True, colour=BLUE, before=0, after=80, line=252,
              keep=True, align="left", hyphens=False, level=0),
    Paragraph("Subtitle", "Subtitle", following="Normal", size=12.5, colour=GREY, before=0, after=140, line=259,
              keep=True, align="left", hyphens=False),
    Paragraph("CoverTitle", "Titel Deckblatt", based="Title", following="CoverSubtitle", size=30, before=1300,
              after=120, line=240, keep=True, level=0),
    Paragraph("CoverSubtitle", "Untertitel Deckblatt", based="Subtitle", size=16, before=0, after=200, keep=True),
    _heading(1, 15, 360, 120),
    _heading(2, 12.5, 300, 100),
    _heading(3, 11, 240, 80),
    _heading(4, 11, 200, 60),
    Paragraph("ListBullet", "List Bullet", after=60, indent=_BULLET.format(397), bullet_level=0, bullets=1),
    Paragraph("ListBullet2", "List Bullet 2", after=60, indent=_BULLET.format(794), bullet_level=1, bullets=1),
    Paragraph("ListNumber", "List Number", after=60, indent='w:left="454" w:hanging="454"', tabs=_tab(454)),
    Paragraph("ListNumber2", "List Number 2", after=60, indent='w:left="851" w:hanging="397"', tabs=_tab(851)),
    Paragraph("ListContinue", "List Continue", after=60, indent='w:left="454"'),
    Paragraph("ListContinue2", "List Continue 2", after=60, indent='w:left="851"'),
    Paragraph("Absatz", "Absatz", indent='w:left="510" w:hanging="510"', tabs=_tab(510)),
    Paragraph("ClauseText", "Absatz Text", indent='w:left="510"'),
    Paragraph("ClauseBullet", "Absatz Aufzählung", after=60, indent=_BULLET.format(850), bullet_level=0, bullets=2),
    Paragraph("ClauseBullet2", "Absatz Aufzählung 2", after=60, indent=_BULLET.format(1247), bullet_level=1, bullets=2),
    Paragraph("ClauseNumber", "Absatz Nummer", after=60, indent='w:left="964" w:hanging="454"', tabs=_tab(964)),
    Paragraph("ClauseNumber2", "Absatz Nummer 2", after=60, indent='w:left="1361" w:hanging="397"', tabs=_tab(1361)),
    Paragraph("ClauseContinue", "Absatz Fortsetzung", after=60, indent='w:left="964"'),
    Paragraph("ClauseContinue2", "Absatz Fortsetzung 2", after=60, indent='w:left="1361"'),
    Paragraph("Line", "Aufzählungszeile", after=60, indent='w:left="397" w:hanging="397"', tabs=_tab(397)),
    Paragraph("ClauseLine", "Absatz Aufzählungszeile", based="Line", indent='w:left="907" w:hanging="397"',
              tabs=_tab(907)),
    Paragraph("Recital", "Rubrum", before=120, after=120, align="center", hyphens=False),
    Paragraph("Note", "Hinweis", before=120, after=160, line=264, indent='w:left="227" w:right="113"', borders=_BAR,
              shade=SHADE),
    Paragraph("Subject", "Betreff", following="Normal", bold=True, before=120, after=280, keep=True, align="left",
              hyphens=False, level=0),
    # DIN 5008, form B, measured from the upper margin at 25 mm: the return line ends at 62.7 mm, where the zone of the
    # address begins (six lines, 27.3 mm, 80 mm wide); the information block begins at 50 mm.
    Paragraph("Sender", "Absenderzeile", size=8, colour=GREY, before=1850, after=67, line=220, exact=True, align="left",
              indent='w:right="1134"', hyphens=False),
    Paragraph("Address", "Anschrift", before=0, after=0, line=258, exact=True, align="left", indent='w:right="1134"',
              hyphens=False),
    Paragraph("InformationTop", "Informationsblock oben", size=1, before=1397, after=0, line=20, exact=True),
    Paragraph("Information", "Informationsblock", size=9, before=0, after=40, line=245,
              indent='w:left="1474" w:hanging="1474"', align="left", tabs=_tab(1474), hyphens=False),
    Paragraph("Closing", "Grußformel", before=0, after=60, keep=True, align="left", hyphens=False),
    Paragraph("ClosingName", "Unterzeichnende Person", before=840, after=160, align="left", hyphens=False),
    Paragraph("TableText", "Tabellentext", size=9.5, before=50, after=50, line=252, align="left"),
    Paragraph("TableLine", "Tabellenaufzählung", based="TableText", before=0, after=30,
              indent='w:left="227" w:hanging="227"', tabs=_tab(227)),
    Paragraph("TableHead", "Tabellenkopf", based="TableText", bold=True, colour=BLUE, keep=True, hyphens=False),
    Paragraph("FactLabel", "Angabe", based="TableText", bold=True, colour=BLUE, hyphens=False),
    Paragraph("TableEnd", "Tabellenende", size=4, before=0, after=0, line=200, exact=True),
    Paragraph("LetterEnd", "Briefkopf Ende", size=1, before=0, after=0, line=20, exact=True),
    Paragraph("CellEnd", "Zellenende", size=1, before=0, after=0, line=20, exact=True),
    Paragraph("Pagebreak", "Seitenumbruch", size=1, before=0, after=0, line=20, exact=True, page_break=True),
    Paragraph("SignatureParty", "Unterschrift Partei", bold=True, before=280, after=0, line=252, keep=True,
              align="left", hyphens=False),
    Paragraph("SignatureLine", "Unterschrift Linie", before=640, after=0, line=240, keep=True,
              tabs=_tab(4390, leader="underscore")),
    Paragraph("SignatureCaption", "Unterschrift Erläuterung", size=8, colour=GREY, before=20, after=0, line=240,
              keep=True),
    Paragraph("SignatureName", "Unterschrift Name", size=9.5, before=20, after=0, line=245, keep=True, align="left"),
    Paragraph("ChartTitle", "Diagrammtitel", size=9.5, bold=True, colour=BLUE, before=160, after=40, line=252,
              keep=True, align="left", hyphens=False),
    Paragraph("Chart", "Diagramm", before=0, after=160, line=240, align="left"),
    Paragraph("ContentsTitle", "Inhaltsüberschrift", size=12.5, bold=True, colour=BLUE, before=360, after=120, line=252,
              keep=True, align="left", hyphens=False),
    # The entries of a text with sections (second level) look like those of one with chapters.
    *(Paragraph(f"TOC{level}", f"toc {level}", before=0, after=50, line=252, indent=_TOC_INDENT, align="left",
                tabs=_tab(510) + _tab(9355, "right", "dot"), hyphens=False) for level in (1, 2)),
    # What an office puts there, a coat of arms, may reach down to the text: a gap stays between them.
    Paragraph("Header", "header", size=8, colour=GREY, before=0, after=160, line=240, tabs=_tab(9355, "right")),
    Paragraph("Footer", "footer", size=7.5, colour=GREY, before=0, after=0, line=240, tabs=_tab(9355, "right"),
              hyphens=False),
)  # fmt: skip


# What our texts are set in, by type, identifier, name: a design that lacks one of them cannot be used.
NEEDED = (
    *(("paragraph", style.id, style.name) for style in PARAGRAPHS if style.id not in ("Header", "Footer")),
    ("character", "Offen", "Offen"),
    ("table", "Ruled", "Tabelle"),
    ("table", "Facts", "Angaben"),
    ("table", "Bare", "Ohne Linien"),
)


def _flag(name: str, value: bool | None) -> str:
    return "" if value is None else f"<w:{name}/>" if value else f'<w:{name} w:val="0"/>'


def _paragraph_properties(style: Paragraph) -> str:
    spacing = "".join(
        f' w:{name}="{value}"'
        for name, value in (("before", style.before), ("after", style.after))
        if value is not None
    )
    if style.line:
        spacing += f' w:line="{style.line}" w:lineRule="{"exact" if style.exact else "auto"}"'
    number = ""
    if style.bullet_level is not None:
        number = f'<w:numPr><w:ilvl w:val="{style.bullet_level}"/><w:numId w:val="{style.bullets}"/></w:numPr>'
    parts = (
        "<w:keepNext/>" if style.keep else "",
        "<w:keepLines/>" if style.keep and style.level is not None else "",
        "<w:pageBreakBefore/>" if style.page_break else "",
        "<w:widowControl/>" if style.id == "Normal" else "",
        number,
        f"<w:pBdr>{style.borders}</w:pBdr>" if style.borders else "",
        f'<w:shd w:val="clear" w:color="auto" w:fill="{style.shade}"/>' if style.shade else "",
        f"<w:tabs>{style.tabs}</w:tabs>" if style.tabs else "",
        "" if style.hyphens else "<w:suppressAutoHyphens/>",
        f"<w:spacing{spacing}/>" if spacing else "",
        f"<w:ind {style.indent}/>" if style.indent else "",
        f'<w:jc w:val="{style.align}"/>' if style.align else "",
        f'<w:outlineLvl w:val="{style.level}"/>' if style.level is not None else "",
    )
    return f"<w:pPr>{''.join(parts)}</w:pPr>"


def _run_properties(style: Paragraph) -> str:
    half_points = round(style.size * 2)
    size = f'<w:sz w:val="{half_points}"/><w:szCs w:val="{half_points}"/>' if style.size else ""
    colour = f'<w:color w:val="{style.colour}"/>' if style.colour else ""
    return f"<w:rPr>{_flag('b', style.bold)}{_flag('i', style.italic or None)}{colour}{size}</w:rPr>"


def _style(style: Paragraph) -> str:
    default = ' w:default="1"' if style.id == "Normal" else ""
    based = f'<w:basedOn w:val="{style.based}"/>' if style.based else ""
    following = f'<w:next w:val="{style.following}"/>' if style.following else ""
    ours = "" if style.name.startswith(_WORDS_OWN) else ' w:customStyle="1"'
    return (
        f'<w:style w:type="paragraph"{default}{ours} w:styleId="{style.id}"><w:name w:val="{style.name}"/>'
        f"{based}{following}<w:qFormat/>{_paragraph_properties(style)}{_run_properties(style)}</w:style>"
    )


def _table(id_: str, name: str, borders: str, conditions: str = "", margins: tuple[int, int] = (60, 60)) -> str:
    left, right = margins
    return (
        f'<w:style w:type="table" w:customStyle="1" w:styleId="{id_}"><w:name w:val="{name}"/>'
        '<w:basedOn w:val="TableNormal"/>'
        f'<w:tblPr>{borders}<w:tblCellMar><w:left w:w="{left}" w:type="dxa"/>'
        f'<w:right w:w="{right}" w:type="dxa"/>'
        f"</w:tblCellMar></w:tblPr>{conditions}</w:style>"
    )


def _border(side: str, colour: str, size: int) -> str:
    return f'<w:{side} w:val="single" w:sz="{size}" w:space="0" w:color="{colour}"/>'


def _tables() -> str:
    rules = _border("bottom", BLUE, 6) + _border("insideH", RULE, 4)
    head = (
        '<w:tblStylePr w:type="firstRow"><w:tcPr><w:tcBorders>' + _border("top", BLUE, 8) + _border("bottom", BLUE, 8)
        + f'</w:tcBorders><w:shd w:val="clear" w:color="auto" w:fill="{SHADE}"/></w:tcPr></w:tblStylePr>'
    )  # fmt: skip
    shade = f'<w:shd w:val="clear" w:color="auto" w:fill="{SHADE}"/>'
    label = f'<w:tblStylePr w:type="firstCol"><w:tcPr>{shade}</w:tcPr></w:tblStylePr>'
    light = "".join(_border(side, RULE, 4) for side in ("top", "bottom", "insideH"))
    return (
        '<w:style w:type="table" w:default="1" w:styleId="TableNormal"><w:name w:val="Normal Table"/>'
        '<w:uiPriority w:val="99"/>'
        '<w:semiHidden/><w:tblPr><w:tblInd w:w="0" w:type="dxa"/><w:tblCellMar><w:top w:w="0" w:type="dxa"/>'
        '<w:left w:w="85" w:type="dxa"/><w:bottom w:w="0" w:type="dxa"/><w:right w:w="85" w:type="dxa"/></w:tblCellMar>'
        "</w:tblPr></w:style>"
        + _table("Ruled", "Tabelle", f"<w:tblBorders>{rules}</w:tblBorders>", head)
        + _table("Facts", "Angaben", f"<w:tblBorders>{light}</w:tblBorders>", label)
        + _table("Bare", "Ohne Linien", "", margins=(0, 0))
    )


def styles_xml() -> str:
    """Return the whole styles part."""
    fonts = " ".join(f'w:{range_}="{FONT}"' for range_ in ("ascii", "hAnsi", "eastAsia", "cs"))
    defaults = (
        f'<w:docDefaults><w:rPrDefault><w:rPr><w:rFonts {fonts}/><w:sz w:val="22"/><w:szCs w:val="22"/>'
        '<w:lang w:val="de-DE" w:eastAsia="de-DE" w:bidi="ar-SA"/></w:rPr></w:rPrDefault>'
        "<w:pPrDefault/></w:docDefaults>"
    )
    characters = (
        '<w:style w:type="character" w:default="1" w:styleId="DefaultParagraphFont">'
        '<w:name w:val="Default Paragraph Font"/>'
        '<w:uiPriority w:val="1"/><w:semiHidden/></w:style>'
        '<w:style w:type="character" w:customStyle="1" w:styleId="Offen"><w:name w:val="Offen"/><w:qFormat/>'
        '<w:rPr><w:shd w:val="clear" w:color="auto" w:fill="FFF3A3"/></w:rPr></w:style>'
        '<w:style w:type="character" w:customStyle="1" w:styleId="Beispiel"><w:name w:val="Beispiel"/>'
        '<w:rPr><w:b/><w:caps/><w:color w:val="9C1C1C"/><w:spacing w:val="40"/><w:sz w:val="24"/></w:rPr></w:style>'
    )
    paragraphs = "".join(_style(style) for style in PARAGRAPHS)
    nothing = '<w:style w:type="numbering" w:default="1" w:styleId="NoList"><w:name w:val="No List"/></w:style>'
    return f"<w:styles {NAMESPACE}>{defaults}{paragraphs}{characters}{_tables()}{nothing}</w:styles>"


def numbering_xml() -> str:
    """Return the numbering part: bullets in two levels, in the text and under numbered paragraphs.

    Numbers are literal text in our documents.
    """
    lists = [[style for style in PARAGRAPHS if style.bullets == number] for number in (1, 2)]
    abstract = "".join(
        f'<w:abstractNum w:abstractNumId="{number}"><w:multiLevelType w:val="hybridMultilevel"/>'
        f"{''.join(_bullet(style) for style in found)}</w:abstractNum>"
        for number, found in enumerate(lists)
    )
    numbers = "".join(f'<w:num w:numId="{number}"><w:abstractNumId w:val="{number - 1}"/></w:num>' for number in (1, 2))
    return f"<w:numbering {NAMESPACE}>{abstract}{numbers}</w:numbering>"


def _bullet(style: Paragraph) -> str:
    return (
        f'<w:lvl w:ilvl="{style.bullet_level}"><w:start w:val="1"/><w:numFmt w:val="bullet"/>'
        f'<w:pStyle w:val="{style.id}"/><w:lvlText w:val="{"•–"[style.bullet_level or 0]}"/><w:lvlJc w:val="left"/>'
        f"<w:pPr><w:ind {style.indent}/></w:pPr>"
        f'<w:rPr><w:rFonts w:ascii="{FONT}" w:hAnsi="{FONT}" w:cs="{FONT}"/></w:rPr></w:lvl>'
    )


def settings_xml() -> str:
    """Return the settings part: German hyphenation, the layout rules of Word 2013 or newer."""
    return (
        f'<w:settings {NAMESPACE}><w:zoom w:percent="100"/><w:defaultTabStop w:val="709"/><w:autoHyphenation/>'
        '<w:consecutiveHyphenLimit w:val="3"/><w:hyphenationZone w:val="425"/>'
        '<w:characterSpacingControl w:val="doNotCompress"/><w:compat><w:compatSetting w:name="compatibilityMode"'
        ' w:uri="http://schemas.microsoft.com/office/word" w:val="15"/>'
        '</w:compat><w:themeFontLang w:val="de-DE"/><w:decimalSymbol w:val=","/>'
        '<w:listSeparator w:val=";"/></w:settings>'
    )


def fonts_xml() -> str:
    """Return the font table: names a free font of the same widths where Arial is missing."""
    return (
        f'<w:fonts {NAMESPACE}><w:font w:name="{FONT}"><w:altName w:val="Liberation Sans"/>'
        '<w:panose1 w:val="020B0604020202020204"/>'
        '<w:charset w:val="00"/><w:family w:val="swiss"/><w:pitch w:val="variable"/></w:font></w:fonts>'
    )
