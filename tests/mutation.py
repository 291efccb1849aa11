"""Change one thing in a module at a time and see whether its tests notice: `python tests/mutation.py history`.

The tests run once as they are, to learn which of them reach which line. Each mutant then lives in a process forked from
the warm one, and meets the tests that reach what was changed: file by file, the quickest first, as many as cost ENOUGH.
No file is touched. What no test notices is printed with its line: it is either a quick test that is missing, or a
change that changes nothing (docs/security.md says which). Linux only.
"""

from __future__ import annotations

import ast
import importlib
import os
import resource
import signal
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from itertools import accumulate
from pathlib import Path
from tempfile import TemporaryDirectory
from types import CodeType, FrameType, ModuleType
from typing import Any

import pytest
from _pytest.runner import runtestprotocol

HERE = Path(__file__).parent
TESTS = {
    "history": ["values", "history", "events", "verify"],
    "possible": ["values", "possible", "verify"],
    "engine": ["values", "engine", "gates", "requirements", "roles", "deputies", "in_force"],
    "requirements": ["values", "requirements", "engine", "gates", "roles", "forms", "work"],
}
ENOUGH = 10  # seconds of processor time that the tests of one mutant may cost
MEMORY, PATIENCE = 8 << 30, 300  # bytes; seconds. A mutant that takes more hangs, which is noticed too
_SWAPS: dict[type[ast.AST], type[ast.AST]] = {
    ast.Eq: ast.NotEq, ast.NotEq: ast.Eq, ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt,
    ast.In: ast.NotIn, ast.NotIn: ast.In, ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.And: ast.Or, ast.Or: ast.And,
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Add, ast.BitOr: ast.BitAnd,
}  # fmt: skip
Change = tuple[str, ast.AST, str, object]  # what it is in words; the node, its attribute, and what that is set to


def mutants(tree: ast.Module) -> Iterator[tuple[range, str, CodeType]]:
    """Yield every mutant with the lines of the statement that was changed, and how."""
    skipped = _words(tree)
    parents = {child: node for node in ast.walk(tree) for child in ast.iter_child_nodes(node)}
    for node in list(ast.walk(tree)):
        if node in skipped:
            continue
        for told, owner, field, new in _changes(node, parents):
            old = getattr(owner, field)
            setattr(owner, field, new)
            yield _lines(node, parents), told, compile(ast.fix_missing_locations(tree), "<mutant>", "exec")
            setattr(owner, field, old)


def _words(tree: ast.AST) -> set[ast.AST]:
    """Return what is wording for people or for type checkers: docstrings, what stands inside of _( ), annotations."""
    found: set[ast.AST] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("_", "TypeVar"):
            found |= set(ast.walk(node))
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            found.add(node.value)
        for name in ("annotation", "returns"):
            if isinstance(getattr(node, name, None), ast.AST):
                found |= set(ast.walk(getattr(node, name)))
    return found


def _lines(node: ast.AST, parents: dict[ast.AST, ast.AST]) -> range:
    """Return the lines of the statement a node belongs to, without the statements inside of it."""
    while not isinstance(node, ast.stmt):
        node = parents[node]
    body = getattr(node, "body", None)
    return range(node.lineno, (body[0].lineno if body else (node.end_lineno or node.lineno) + 1))


def _changes(node: ast.AST, parents: dict[ast.AST, ast.AST]) -> Iterator[Change]:
    """Yield what can be changed about a node."""
    told = ast.unparse(node)[:90].replace("\n", " ")
    if isinstance(node, ast.Compare) and type(node.ops[0]) in _SWAPS:
        other = _SWAPS[type(node.ops[0])]
        yield f"{told}: {other.__name__}", node, "ops", [other(), *node.ops[1:]]
    elif isinstance(node, ast.BoolOp | ast.BinOp) and type(node.op) in _SWAPS:
        other = _SWAPS[type(node.op)]
        yield f"{told}: {other.__name__}", node, "op", other()
    elif isinstance(node, ast.If | ast.IfExp | ast.While):
        for word, value in (("always", True), ("never", False)):
            yield f"if {ast.unparse(node.test)[:90]}: {word}", node, "test", ast.Constant(value)
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        yield f"{told}: without not", node, "operand", ast.UnaryOp(ast.Not(), node.operand)
    elif isinstance(node, ast.Constant) and isinstance(node.value, bool | int | str) and node.value != "":
        yield f"{node.value!r} → {_other(node.value)!r}", node, "value", _other(node.value)
    elif isinstance(node, ast.Return) and node.value is not None and not isinstance(node.value, ast.Constant):
        yield f"{told}: None", node, "value", ast.Constant(None)
    elif isinstance(node, ast.Raise | ast.Continue) or (
        isinstance(node, ast.Expr) and isinstance(node.value, ast.Call)
    ):
        parent = parents[node]
        for field in ("body", "orelse", "finalbody"):
            if node in (block := getattr(parent, field, None) or []):
                yield f"{told}: left out", parent, field, [ast.Pass() if one is node else one for one in block]
    elif isinstance(node, ast.comprehension) and node.ifs:
        yield f"if {ast.unparse(node.ifs[0])[:90]}: left out", node, "ifs", node.ifs[1:]


def _other(value: bool | int | str) -> bool | int | str:
    return not value if isinstance(value, bool) else value + 1 if isinstance(value, int) else f"{value}X"


def put_in_place(module: ModuleType, code: CodeType) -> None:
    """Make a mutant of a loaded module: run it anew, and give what it defines to all that hold it by name.

    Functions are changed themselves too, for those that hold them otherwise.
    """
    mutant = ModuleType(module.__name__)
    exec(code, mutant.__dict__)
    loaded = [vars(one) for one in list(sys.modules.values()) if isinstance(one, ModuleType)]
    for name, old in list(vars(module).items()):
        new = vars(mutant).get(name, old)
        if name.startswith("__") or new is old:
            continue
        plain, other = getattr(old, "__wrapped__", old), getattr(new, "__wrapped__", new)
        if hasattr(plain, "__code__"):
            plain.__code__, plain.__defaults__ = other.__code__, other.__defaults__
        if hasattr(old, "cache_clear"):
            old.cache_clear()
        for names in loaded:
            if names.get(name) is old:
                names[name] = new


class Hunt:
    """Takes the place of the loop over the tests."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.unnoticed = 0
        self.costs: dict[pytest.Item, float] = {}
        self.reached: dict[pytest.Item, set[int]] = {}

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        module = importlib.import_module(f"ikz_workflow.{self.name}")
        assert module.__file__ is not None
        text = Path(module.__file__).read_text(encoding="utf-8")
        self._learn(session.items, module.__file__)
        if self._noticed(module, compile(text, "<mutant>", "exec"), self._quickest(list(self.reached))):
            raise pytest.Exit("the tests fail on the module as it is", 1)
        tried = 0
        for lines, told, code in mutants(ast.parse(text)):
            tried += 1
            fitting = [one for one, reached in self.reached.items() if reached.intersection(lines)]
            if not self._noticed(module, code, self._quickest(fitting or list(self.reached))):  # none, if run at import
                self.unnoticed += 1
                self._say(f"{self.name}.py:{lines.start}: {told}")
        self._say(f"{self.name}: {tried} mutants, {self.unnoticed} unnoticed")
        return True

    def _learn(self, items: Sequence[pytest.Item], file: str) -> None:
        """Run each test once; remember its cost, and which lines of the module it reached."""
        for item, following in zip(items, [*items[1:], items[0]], strict=True):  # the first again: fixtures stay
            lines: set[int] = set()
            begun = time.process_time()
            sys.settrace(_tracer(file, lines))
            reports = runtestprotocol(item, log=False, nextitem=following)
            sys.settrace(None)
            if any(one.failed for one in reports):
                raise pytest.Exit(f"fails on the module as it is: {item.nodeid}", 1)
            self.costs[item], self.reached[item] = time.process_time() - begun, lines
        files = list(dict.fromkeys(one.path for one in items))  # one after the other, for what each sets up once
        order = sorted(self.reached, key=lambda one: (files.index(one.path), self.costs[one]))
        self.reached = {one: self.reached[one] for one in order}

    def _quickest(self, items: Sequence[pytest.Item]) -> list[pytest.Item]:
        """Return as many of the tests as cost no more than is enough, but at least one."""
        spent = list(accumulate(self.costs[one] for one in items))
        return [one for one, cost in zip(items, spent, strict=True) if cost <= ENOUGH] or list(items[:1])

    def _noticed(self, module: ModuleType, code: CodeType, items: Sequence[pytest.Item]) -> bool:
        """Run tests on a mutant in a process of its own; tell whether one failed or hung."""
        child = os.fork()
        if child == 0:
            os.setpgid(0, 0)
            signal.alarm(PATIENCE)
            seconds = int(10 + 5 * sum(self.costs[one] for one in items))
            resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
            resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, 1)
            os.dup2(nowhere, 2)
            os._exit(_fails(module, code, items))
        return os.waitpid(child, 0)[1] != 0

    @staticmethod
    def _say(line: str) -> None:
        os.write(sys.__stderr__.fileno() if sys.__stderr__ else 2, f"{line}\n".encode())


def _fails(module: ModuleType, code: CodeType, items: Sequence[pytest.Item]) -> bool:
    try:
        put_in_place(module, code)
    except Exception:
        return True  # it cannot even be imported
    for item, following in zip(items, [*items[1:], items[0]], strict=True):
        if any(one.failed for one in runtestprotocol(item, log=False, nextitem=following)):
            return True
    return False


def _tracer(file: str, lines: set[int]) -> Callable[[FrameType, str, Any], Any]:
    def within(frame: FrameType, event: str, _value: object) -> Any:
        if event == "line":
            lines.add(frame.f_lineno)
        return within

    return lambda frame, _event, _value: within if frame.f_code.co_filename == file else None


def main(name: str) -> int:
    os.chdir(HERE.parent)
    hunt = Hunt(name)
    files = [str(HERE / f"test_{one}.py") for one in TESTS[name]]
    with TemporaryDirectory(dir="/dev/shm") as folder:  # in memory: thousands of homes are made and thrown away
        options = ["-s", "-q", "-p", "no:xdist", f"--basetemp={folder}/homes", "-o", "tmp_path_retention_policy=none"]
        code = pytest.main([*options, *files], plugins=[hunt])
    return int(code)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
