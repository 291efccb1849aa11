"""Read a workflow definition from TOML, checked whole: all faults at once."""

from ikz_workflow.definition.model import (
    BY_FORM,
    GUIDELINE_CHAPTERS,
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
    Starts,
    Transition,
)
from ikz_workflow.definition.reading import Source, bundle, read, unbundle

__all__ = [
    "BY_FORM",
    "GUIDELINE_CHAPTERS",
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
    "Starts",
    "Transition",
    "bundle",
    "read",
    "unbundle",
]
