"""Draw a workflow as a Mermaid state diagram."""

from __future__ import annotations

from ikz_workflow.definition import Definition


def mermaid(definition: Definition) -> str:
    """Return the diagram's text; ways that lead from everywhere are drawn once, as a note."""
    lines = ["stateDiagram-v2", f"    [*] --> {_id(definition.initial)}"]
    for stage in definition.stages.values():
        lines.append(f'    state "{_label(stage.label)}" as {_id(stage.name)}')
    for stage in definition.stages.values():
        for transition in stage.transitions.values():
            lines.append(f"    {_id(stage.name)} --> {_id(transition.to)}: {_label(transition.label)}")
        if stage.final:
            lines.append(f"    {_id(stage.name)} --> [*]")
    if definition.anywhere:
        final = next(stage.name for stage in definition.stages.values() if stage.final)
        lines.append(f"    note right of {_id(final)}")
        lines.append("        Aus jeder offenen Stufe:")
        lines.extend(f"        {_label(transition.label)}" for transition in definition.anywhere.values())
        lines.append("    end note")
    return "\n".join(lines) + "\n"


def _id(name: str) -> str:
    return name.replace("-", "_")


def _label(text: str) -> str:
    """Return a label without the characters that end a Mermaid statement."""
    return text.replace('"', "'").replace(":", " –").replace(";", ",").replace("#", "Nr.")
