"""What fuzzing starts from, and what it once found, is read or refused; `make fuzz` searches for more."""

from __future__ import annotations

import random

import pytest
from fuzz.targets import CASES, TARGETS, seeds

KNOWN = [(name, path.name) for name in TARGETS for path in sorted((CASES / name).glob("*-*"))]


@pytest.mark.parametrize("name", TARGETS)
def test_good_bytes_and_some_bent_ones_are_read_or_refused(name: str) -> None:
    chance = random.Random(17)
    for seed in seeds(name):
        TARGETS[name](seed)
        for _ in range(2):
            bent = bytearray(seed)
            for _ in range(chance.randint(1, 4)):
                place = chance.randrange(len(bent))
                bent[place : place + chance.randint(0, 3)] = chance.randbytes(chance.randint(0, 3))
            TARGETS[name](bytes(bent))


@pytest.mark.parametrize(("name", "case"), KNOWN)
def test_what_fuzzing_once_found_is_read_or_refused(name: str, case: str) -> None:
    TARGETS[name]((CASES / name / case).read_bytes())
