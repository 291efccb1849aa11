"""requirements.lock holds what the product runs on: all of it, in versions it accepts, each file by its hash."""

from __future__ import annotations

import re
import tomllib
from importlib.metadata import PackageNotFoundError, requires

import pytest
from homes import CHECKOUT
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

TEXT = (CHECKOUT / "requirements.lock").read_text(encoding="utf-8")
LOCKED = {
    canonicalize_name(one.name): one
    for one in map(Requirement, re.findall(r"^([a-z][^\\\n]+?)\s*\\$", TEXT, re.MULTILINE))
}
PROJECT = tomllib.loads((CHECKOUT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
WANTED = [*map(Requirement, [*PROJECT["dependencies"], *PROJECT["optional-dependencies"]["postgres"]])]


def version(name: str) -> str:
    [pinned] = LOCKED[name].specifier
    assert pinned.operator == "=="
    return pinned.version


def test_the_lock_holds_everything_the_product_needs_in_a_version_it_accepts() -> None:
    waiting, seen = list(WANTED), set[str]()
    while waiting:
        wanted = waiting.pop()
        name = canonicalize_name(wanted.name)
        assert name in LOCKED, f"missing: {wanted}; renew with: make lock"
        if wanted in WANTED:
            assert wanted.specifier.contains(version(name)), f"{wanted} and {version(name)}; renew with: make lock"
        if name not in seen:
            seen.add(name)
            try:
                further = [Requirement(text) for text in requires(name) or ()]
            except PackageNotFoundError:  # for another system than this one
                continue
            extras = ["", *wanted.extras]
            waiting += [
                one for one in further if any(not one.marker or one.marker.evaluate({"extra": e}) for e in extras)
            ]
    assert seen <= LOCKED.keys()


def test_every_line_of_the_lock_is_pinned_by_hashes_and_names_no_place() -> None:
    lines = [line for line in TEXT.splitlines() if not line.startswith("#")]
    for line in lines:
        assert re.fullmatch(r"[a-z0-9-]+==[0-9a-z.]+( ; [^/@]+)? \\|    --hash=sha256:[0-9a-f]{64}( \\)?", line), (
            f"{line}: neither a version nor a hash"
        )
    heads = [place for place, line in enumerate(lines) if "==" in line and "--hash" not in line]
    assert len(heads) == len(LOCKED)
    assert all(lines[place + 1].startswith("    --hash") for place in heads)


@pytest.mark.parametrize("word", ["://", "index", "file:", "find-links", "trusted-host", "/home", "/tmp"])
def test_the_lock_names_no_host_and_no_path(word: str) -> None:
    assert word not in "\n".join(line for line in TEXT.splitlines() if not line.startswith("#"))
