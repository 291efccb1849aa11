"""What the core tells cannot be changed by whoever it is told to."""

from __future__ import annotations

import importlib
import pkgutil

from msgspec import Struct

import ikz_workflow


def test_every_value_of_the_core_is_frozen() -> None:
    core = [one.name for one in pkgutil.iter_modules(ikz_workflow.__path__) if one.name != "__main__" and not one.ispkg]
    values = [
        value
        for name in core
        for value in vars(importlib.import_module(f"ikz_workflow.{name}")).values()
        if isinstance(value, type) and issubclass(value, Struct) and value is not Struct
    ]
    assert len(values) > 50
    assert [value.__name__ for value in values if not value.__struct_config__.frozen] == []
