"""Values nobody should trust: what people paste, what programs choke on, what attackers send."""

from __future__ import annotations

from collections.abc import Iterator

TAGS = (
    "{{7*7}}", "{{ 7*7 }}", "{% if 1 %}x{% endif %}", "{# weg #}", "{{", "}}", "{%", "%}", "{#", "#}", "{@anker}",
    "{#anker}", "{_{ x }_}", "{{ proposal.key }}", "{%p if x %}", "{%tr for x in y %}", "{{r x }}", "${7*7}", "#{7*7}",
    "<%= 7*7 %>", "{{=7*7}}", "{{''.__class__}}", "{% raw %}{{ x }}{% endraw %}", "{{ '{{' }}", "{{{{{{", "%}{{x}}{%",
)  # fmt: skip
MARKDOWN = (
    "# Überschrift", "## § Kosten {#kosten}", "(#) Absatz", "#. Punkt", "- Punkt", "1. Punkt", "**fett**", "*schräg*",
    "_unter_", "`code`", "> Zitat", "---", "***", "| a | b |", "|---|---|", "![Bild](x.png)", "[Link](http://x)",
    "::: open", "::: open-page", "::: signatures", ":::", "::: note", "\\*wörtlich\\*", "a  \nb", "+++", "~~weg~~",
)  # fmt: skip
XML = (
    "&", "<", ">", "&amp;", "&lt;b&gt;", "&#0;", "&#x1F;", "<w:p/>", "</w:t></w:r></w:p>", "</w:body>", "<br>",
    "<!-- x -->", "<![CDATA[x]]>", "]]>", "<?xml version='1.0'?>", "<!DOCTYPE x>", "<!ENTITY x SYSTEM 'file:///etc'>",
    "&x;", "a<b", "a>b", "a<b>c", '"', "'", "\"'>", "<w:instrText>DATE</w:instrText>", "<#O x>", "<#S >", "<#sig>",
    "<#/each>", "<#page>", "Müller & Söhne", "<script>alert(1)</script>", "<#C 1 >", "<#chart-end>", "<#", "#>",
)  # fmt: skip
SHEETS = ("=cmd|'/C calc'!A0", "+1+1", "-1+1", "@SUM(A1)", '=HYPERLINK("http://x")', "=1+1", "\t=1+1", "%0A=1")
SHELL = (
    "; rm -rf /",
    "$(id)",
    "`id`",
    "| id",
    "&& id",
    "../../etc/passwd",
    "C:\\Windows\\x",
    "\\\\server\\share",
    "%PATH%",
)
SQL = ("'; DROP TABLE event;--", "' OR 1=1 --", "1); DELETE FROM event", "NULL", "None", "nan", "-0", "1e999")
LANGUAGES = (
    "Größe", "ﬁ", "e\u0301", "日本語", "العربية", "עברית", "हिन्दी", "ไทย", "한국어", "Ελληνικά", "Кириллица",
    "İstanbul",
    "ẞ", "\U0001d504", "👍", "👨‍👩‍👧‍👦", "🏳️‍🌈", "🇩🇪", "\U0001f9d1🏽‍🚀", "a\u0308" * 30, "z\u0351\u0327" * 20,
)  # fmt: skip
DIRECTIONS = tuple(
    f"vor{sign}nach" for sign in "\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u061c"
)
UNSEEN = tuple(
    f"vor{sign}nach" for sign in "\u200b\u200c\u200d\u2060\ufeff\u00ad\u034f\u180e\u2028\u2029\u0085\ufff9\ufffc\ufffd"
)
SPACES = tuple(f"vor{sign}nach" for sign in "\u00a0\u2002\u2003\u2007\u2009\u202f\u3000\u2011\u2010\u2013")
QUOTES = ("„Zitat“", "‚einfach‘", "»Guillemets«", "“curly”", "it’s", "„offen", "§ 2b UStG", "Abs. 3", "…")
BREAKS = ("a\nb", "a\n\nb", "a\r\nb", "a\rb", "a\tb", "\nvorn", "hinten\n", "a\n \nb", " vorn", "hinten ", "a\n\n\n\nb")
PRIVATE = ("\ue000", "\uf8ff", "\U000f0000", "\U000f0001", "\U000ffffd", "\U00100000", "\U0010fffd")
HUGE = ("x" * 20_000, "Wort " * 4_000, "<" * 5_000, "{{" * 3_000, "\n" * 500 + "Ende", "ä" * 9_000)
UNHOLDABLE = tuple(
    f"vor{chr(code)}nach" for code in [*range(9), 11, 12, *range(14, 32), 0xD800, 0xDFFF, 0xFFFE, 0xFFFF]
)

LITERAL = (
    *TAGS, *MARKDOWN, *XML, *SHEETS, *SHELL, *SQL, *LANGUAGES, *DIRECTIONS, *UNSEEN, *SPACES, *QUOTES, *BREAKS,
    *PRIVATE,
    *HUGE,
)  # fmt: skip

_PRINT = (
    "x.__class__", "x.__init__.__globals__", "''.__class__.__mro__", "''.__class__.__base__.__subclasses__()",
    "x['__class__']", "x|attr('__class__')", "x|attr('__cl' + 'ass__')", "x|attr(['__','class','__']|join)",
    "self", "self.__init__", "self._TemplateReference__context", "self.__init__.__globals__.__builtins__",
    "cycler.__init__.__globals__.os.popen('id').read()", "joiner.__init__.__globals__", "namespace.__init__",
    "lipsum.__globals__['os'].popen('id').read()", "lipsum.__globals__", "range(999999999)", "dict(a=1)",
    "request.application.__globals__", "config.items()", "get_flashed_messages.__globals__", "url_for.__globals__",
    "g.pop.__globals__", "session", "x.mro()", "x.format(x)", "'{0.__class__}'.format(x)", "'%s' % x",
    "'%c' % 65", "x.format_map(y)", "'a'.join(y)", "x.upper()", "x.encode()", "x.__add__('a')", "x|format",
    "'{.__class__}'|format(x)", "x|map('attr', '__class__')|list", "[x]|map(attribute='__class__')|list",
    "[x]|map('__class__')", "[x]|selectattr('__class__')|list", "[x]|sort(attribute='__class__')", "x|pprint",
    "x|tojson", "x|safe", "x|e", "x|xmlattr", "x|urlize", "x|groupby('__class__')", "x|batch(2)", "x|random",
    "x|string|attr('x')", "x|_run('</w:t>')", "x|_paragraphs('<w:p>', '')", "x|_escaped", "x|_words", "x|_turns",
    "x|_weighed", "_0", "_t", "_p", "__builtins__", "__import__('os')", "open('/etc/passwd').read()", "exec('1')",
    "eval('1')", "loop.__class__", "loop._iterator", "loop.cycle('a')", "loop.changed(1)", "loop.previtem.__class__",
    "caller()", "varargs", "kwargs", "super()", "x ~ y", "x * 1000000", "x ** 99", "9 ** 9 ** 9", "x // 2", "x / 0",
    "1.5", "{'a': 1}", "{}", "x[1:2]", "x[::-1]", "x[y]()", "x if x.__class__ else y", "(x).__class__",
    "((x).__class__)",
    "x is callable", "x is mapping", "x is filter('e')", "x is sequence", "x is escaped", "x.__html__", "x.__str__()",
    "x|list|map('__len__')", "y.append(1)", "y.pop()", "y.clear()", "y.__setitem__(0, 1)", "f.update(a=1)", "f.items()",
    "f.keys()", "f.pop('a')", "f.__class__", "f.get('a')", "f['__class__']", "f|attr('items')", "f|dictsort",
    "x)|upper + (y", "x }}{{ y.__class__", "x|default(y.__class__)", "[x.__class__]", "(x, y.__class__)",
    "x == y.__class__", "not x.__class__", "-x.__class__", "x and y.__class__", "x or y.__class__", "x in y.__class__",
    r"x['\x5f\x5fclass\x5f\x5f']", r"x|attr('\x5f\x5fclass\x5f\x5f')", r"x['\u005f\u005fclass\u005f\u005f']",
    r"f['\137\137class\137\137']", "x|attr(request.args.a)", "x|reverse", "x|last|attr('x')", "x.isprintable",
    "y.sort", "y.copy", "y.index", "y.__len__", "x.__doc__", "x.__dir__", "x.__reduce_ex__(2)",
    "f.__getattribute__('x')",
    "x.real", "n.real", "n.bit_length()", "n.to_bytes", "n.__class__", "n.denominator", "b.__class__", "o.label()",
    "o.__class__", "o.__bool__()", "o.label.__class__", "o.__iter__()", "environment", "context", "resolve('x')",
    "x|map('upper')|first.__class__", "x|unpunctuated.__globals__", "x|default.__globals__", "debug()", "trans",
)  # fmt: skip
_CONTROL = (
    "include '/etc/passwd'", "import 'os' as os", "from 'os' import system", "extends 'base'", "block x", "endblock",
    "macro x()", "endmacro", "call x()", "endcall", "filter upper", "endfilter", "set x.y = 1", "set __class__ = 1",
    "set _t = 1", "set x", "endset", "with a = 1", "endwith", "autoescape false", "endautoescape", "raw", "endraw",
    "do x.append(1)",
    "debug", "trans", "pluralize", "continue", "break", "for a in x recursive", "for a in range(10)", "for _a in y",
    "for a in y if a.__class__", "if x.__class__", "if lipsum", "if self",
    "elif x.__class__",
    "for a in x.__class__.mro()",
    "set a = cycler.__init__", "set a = lipsum.__globals__", "set ns = namespace(a=1)",
    "if x is callable", "for a, b in x.y()",
    "if x|attr('__class__')", "for a in ''.__class__.__subclasses__()", "import os", "python x", "exec x", "print x",
    "set a = x ~ y", "for a in y|batch(2)", "if x.startswith('a')", "set a = 9 ** 9", "scoped", "for a in self",
)  # fmt: skip


def injections() -> Iterator[tuple[str, str]]:
    """Yield attempts at running what a template must not: role, code."""
    yield from (("print", code) for code in _PRINT)
    yield from (("control", code) for code in _CONTROL)
