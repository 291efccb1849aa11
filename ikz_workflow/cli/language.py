"""Choose the language of the messages before any command is declared."""

from __future__ import annotations

import gettext
import os

DOMAIN = "ikz"


def choose() -> None:
    """Bind the catalogue of IKZ_LANGUAGE (German if not set); click's own messages come from it too."""
    os.environ["LANGUAGE"] = os.environ.get("IKZ_LANGUAGE") or "de"
    gettext.bindtextdomain(DOMAIN, os.path.join(os.path.dirname(__file__), "locale"))
    gettext.textdomain(DOMAIN)
