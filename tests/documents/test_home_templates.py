"""A home's own templates and workflows: what cannot be read or checked is said in a sentence that names the file."""

from __future__ import annotations

from pathlib import Path

import pytest
from homes import home_at

from ikz_workflow.errors import IkzError
from ikz_workflow.services import template_checks, templates


def own(folder: Path, kind: str, name: str, content: bytes) -> Path:
    target = folder / kind / name
    target.parent.mkdir(exist_ok=True)
    target.write_bytes(content)
    return target


def test_a_template_that_is_no_utf_8_is_named_by_check_and_by_create(tmp_path: Path) -> None:
    home = home_at(tmp_path)
    path = own(tmp_path, "templates", "letter.md.j2", '+++\nlabel = "Gr\xfc\xdfe"\n+++\n'.encode("latin-1"))
    (problem,) = template_checks.one(home, path).problems
    assert problem.where == "letter.md.j2"
    assert "kein Text in UTF-8" in problem.text
    with pytest.raises(IkzError, match=r"letter\.md\.j2.*kein Text in UTF-8"):
        templates.load(home, "letter")


def test_a_check_says_which_workflow_the_templates_could_not_be_checked_against(tmp_path: Path) -> None:
    home = home_at(tmp_path)
    assert template_checks.unchecked(home) == []
    own(tmp_path, "workflows", "eigenes.toml", b'name = "eigenes"\nfarbe = "rot"\n')
    (problem,) = template_checks.unchecked(home)
    assert problem.where == "eigenes.toml"
    assert "ikz workflow check" in problem.text
