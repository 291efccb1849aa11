"""Read a workflow definition from TOML, checked whole: all faults at once."""

from ikz_workflow.definition.model import (
    Catalogue,
    Check,
    Condition,
    Definition,
    Duration,
    Field,
    Gate,
    Guidance,
    Obstacle,
    Reason,
    Requirement,
    Stage,
    Transition,
)
from ikz_workflow.definition.reading import Source, bundle, read, unbundle

__all__ = [
    "Catalogue",
    "Check",
    "Condition",
    "Definition",
    "Duration",
    "Field",
    "Gate",
    "Guidance",
    "Obstacle",
    "Reason",
    "Requirement",
    "Source",
    "Stage",
    "Transition",
    "bundle",
    "read",
    "unbundle",
]
