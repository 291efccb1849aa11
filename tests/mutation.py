"""Change one thing in a module at a time and see whether its tests notice: `python tests/mutation.py history 600`.

Each mutant lives in a forked process only; no file is touched. What no test notices is printed with its line: it is
either a test that is missing, or a change that changes nothing (docs/security.md says which). POSIX only.
"""

from __future__ import annotations

import ast
import copy
import importlib.abc
import importlib.util
import os
import signal
import sys
import time
from collections.abc import Iterator, Sequence
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType

HERE = Path(__file__).parent
PACKAGE = HERE.parent / "ikz_workflow"
QUICK: dict[str, list[str]] = {
    "history": ["test_history.py", "test_events.py"],
    "possible": ["test_possible.py"],
    "engine": ["test_engine.py"],
    "requirements": ["test_requirements.py"],
}
SLOW: dict[str, list[str]] = {
    "history": ["test_verify.py", "test_doctor.py"],
    "possible": ["test_verify.py", "test_registers.py"],
    "engine": ["test_gates.py", "test_requirements.py", "test_roles.py", "test_deputies.py"],
    "requirements": ["test_engine.py", "test_gates.py", "test_roles.py", "test_forms.py", "test_work.py"],
}
PATIENCE = 180  # seconds for one run of the tests; a mutant that takes longer hangs, which is noticed too
_SWAPS: dict[type[ast.AST], type[ast.AST]] = {
    ast.Eq: ast.NotEq, ast.NotEq: ast.Eq, ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt,
    ast.In: ast.NotIn, ast.NotIn: ast.In, ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.And: ast.Or, ast.Or: ast.And,
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Add, ast.BitOr: ast.BitAnd,
}  # fmt: skip


def mutants(tree: ast.Module) -> Iterator[tuple[int, str, ast.Module]]:
    """Yield every mutant with its line and what was changed."""
    count = len(list(ast.walk(tree)))
    skipped = _words(tree)
    for place in range(count):
        node = _at(tree, place)
        if id(node) in skipped:
            continue
        for number, told in enumerate(_changes(node)):
            changed = copy.deepcopy(tree)
            _change(changed, place, number)
            yield getattr(node, "lineno", 0), told, ast.fix_missing_locations(changed)


def _at(tree: ast.AST, place: int) -> ast.AST:
    return next(node for number, node in enumerate(ast.walk(tree)) if number == place)


def _words(tree: ast.AST) -> set[int]:
    """Return what is wording for people or for type checkers: docstrings, what stands inside of _( ), annotations."""
    found: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("_", "TypeVar"):
            found |= {id(one) for one in ast.walk(node)}
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            found.add(id(node.value))
        for name in ("annotation", "returns"):
            if isinstance(getattr(node, name, None), ast.AST):
                found |= {id(one) for one in ast.walk(getattr(node, name))}
    return found


def _changes(node: ast.AST) -> list[str]:
    """Return in words what can be changed about a node."""
    if isinstance(node, ast.Compare) and type(node.ops[0]) in _SWAPS:
        return [f"{ast.unparse(node)}: {_SWAPS[type(node.ops[0])].__name__}"]
    if isinstance(node, ast.BoolOp | ast.BinOp) and type(node.op) in _SWAPS:
        return [f"{ast.unparse(node)[:70]}: {_SWAPS[type(node.op)].__name__}"]
    if isinstance(node, ast.If | ast.IfExp | ast.While):
        return [f"if {ast.unparse(node.test)[:70]}: always", f"if {ast.unparse(node.test)[:70]}: never"]
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        return [f"{ast.unparse(node)[:70]}: without not"]
    if isinstance(node, ast.Constant) and isinstance(node.value, bool | int | str) and node.value != "":
        return [f"{node.value!r} → {_other(node.value)!r}"]
    if isinstance(node, ast.Return) and node.value is not None and not isinstance(node.value, ast.Constant):
        return [f"return {ast.unparse(node.value)[:60]}: None"]
    if isinstance(node, ast.Raise | ast.Continue) or (isinstance(node, ast.Expr) and isinstance(node.value, ast.Call)):
        return [f"{ast.unparse(node)[:70]}: left out"]
    if isinstance(node, ast.comprehension) and node.ifs:
        return [f"if {ast.unparse(node.ifs[0])[:70]}: left out"]
    return []


def _other(value: bool | int | str) -> bool | int | str:
    return not value if isinstance(value, bool) else value + 1 if isinstance(value, int) else f"{value}X"


def _change(tree: ast.AST, place: int, number: int) -> None:
    """Carry out one change in place."""
    node = _at(tree, place)
    if isinstance(node, ast.Compare):
        node.ops[0] = _SWAPS[type(node.ops[0])]()  # type: ignore[call-overload]
    elif isinstance(node, ast.BoolOp | ast.BinOp):
        node.op = _SWAPS[type(node.op)]()  # type: ignore[assignment]
    elif isinstance(node, ast.If | ast.IfExp | ast.While):
        node.test = ast.Constant(number == 0)
    elif isinstance(node, ast.UnaryOp):
        node.op, node.operand = ast.Not(), ast.UnaryOp(ast.Not(), node.operand)
    elif isinstance(node, ast.Constant):
        node.value = _other(node.value)  # type: ignore[arg-type]
    elif isinstance(node, ast.Return):
        node.value = ast.Constant(None)
    elif isinstance(node, ast.comprehension):
        node.ifs.pop(0)
    else:
        for parent in ast.walk(tree):
            for field in ("body", "orelse", "finalbody"):
                block = getattr(parent, field, None)
                if isinstance(block, list) and node in block:
                    block[block.index(node)] = ast.Pass()


class _Instead(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Loads a mutant in place of the module."""

    def __init__(self, name: str, tree: ast.Module) -> None:
        self.name, self.tree = name, tree

    def find_spec(self, name: str, path: Sequence[str] | None, target: ModuleType | None = None) -> ModuleSpec | None:
        return importlib.util.spec_from_loader(name, self) if name == self.name else None

    def exec_module(self, module: ModuleType) -> None:
        module.__file__ = f"<mutant of {self.name}>"
        exec(compile(self.tree, module.__file__, "exec"), module.__dict__)


def noticed(name: str, tree: ast.Module, tests: Sequence[str]) -> bool:
    """Run tests on a mutant in a process of its own; tell whether they failed or hung."""
    child = os.fork()
    if child == 0:
        import pytest

        os.setpgid(0, 0)
        signal.alarm(PATIENCE)
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, 1)
        os.dup2(nowhere, 2)
        sys.meta_path.insert(0, _Instead(f"ikz_workflow.{name}", tree))
        code = pytest.main(
            ["-x", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", *(str(HERE / one) for one in tests)]
        )
        os._exit(int(code))
    return os.waitpid(child, 0)[1] != 0


def main(name: str, seconds: float) -> int:
    import docx  # what every run needs is loaded once
    import hypothesis
    import pytest
    import sqlmodel  # noqa: F401

    assert docx
    assert hypothesis
    assert pytest
    os.chdir(HERE.parent)
    tree = ast.parse((PACKAGE / f"{name}.py").read_text(encoding="utf-8"))
    if noticed(name, tree, QUICK[name]):
        raise SystemExit("the tests fail on the module as it is")
    until, tried, left = time.monotonic() + seconds, 0, 0
    for line, told, mutant in mutants(tree):
        if time.monotonic() > until:
            print("out of time", flush=True)
            break
        tried += 1
        if not noticed(name, mutant, QUICK[name]) and not noticed(name, mutant, SLOW[name]):
            left += 1
            print(f"{name}.py:{line}: {told}", flush=True)
    print(f"{name}: {tried} mutants, {left} unnoticed", flush=True)
    return left


if __name__ == "__main__":
    main(sys.argv[1], float(sys.argv[2]) if len(sys.argv) > 2 else 1e9)
