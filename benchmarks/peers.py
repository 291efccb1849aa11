"""Let peers take a proposal from one stage to the next and keep it durably, with a log row each time.

Every peer reads its proposal from SQLite, checks and changes the stage, and commits the new state with a log row in
WAL/FULL, as ours does; none keeps a history that could be proven.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from importlib.util import find_spec
from itertools import cycle
from pathlib import Path
from typing import Any

from benchmarks.measuring import Work

_STAGES = ("go", "return")
_STEPS = 12  # of a SpiffWorkflow process, which grows with every step it has taken


def works(folder: Path) -> Iterator[tuple[str, Work | str]]:
    """Yield each peer with one advance of it, or with why it is left out."""
    folder.mkdir()
    for name, needed, begin in (
        ("django-fsm-2, django-fsm-log", ("django_fsm", "django_fsm_log"), _django_fsm),
        ("viewflow.fsm", ("viewflow",), _viewflow),
        ("SpiffWorkflow", ("SpiffWorkflow",), _spiff),
    ):
        missing = [one for one in needed if find_spec(one) is None]
        yield name, f"{', '.join(missing)} is not installed (the extra bench)" if missing else begin(folder)


def _django(folder: Path) -> Any:
    """Return Django's models on a database of its own."""
    import django
    from django.conf import settings
    from django.core.management import call_command

    if not settings.configured:
        settings.configure(
            INSTALLED_APPS=["django.contrib.contenttypes", "django.contrib.auth", "django_fsm_log"],
            DATABASES={
                "default": {
                    "ENGINE": "django.db.backends.sqlite3",
                    "NAME": folder / "django.db",
                    "OPTIONS": {
                        "transaction_mode": "IMMEDIATE",
                        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL",
                    },
                }
            },
            DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
            USE_TZ=True,
        )
        django.setup()
        call_command("migrate", verbosity=0)
    from django.db import models

    return models


def _table(model: Any) -> Any:
    """Create the table of a model with one row; return the row's key."""
    from django.db import connection

    with connection.schema_editor() as editor:
        editor.create_model(model)
    return model.objects.create().pk


def _django_fsm(folder: Path) -> Work:
    models = _django(folder)
    from django.db import transaction
    from django_fsm import FSMField, transition

    class Pendulum(models.Model):  # type: ignore[misc]
        stage = FSMField(default="here")

        class Meta:
            app_label = "peers"

        @transition(field=stage, source="here", target="there")
        def go(self) -> None: ...

        @transition(field=stage, source="there", target="here")
        def back(self) -> None: ...

    key, turn = _table(Pendulum), cycle((Pendulum.go, Pendulum.back))

    def work() -> None:
        with transaction.atomic():
            proposal = Pendulum.objects.get(pk=key)
            next(turn)(proposal)  # django-fsm-log writes its row on the signal
            proposal.save()

    return work


def _viewflow(folder: Path) -> Work:
    models = _django(folder)
    from django.db import transaction
    from viewflow.fsm import State

    class Swing(models.Model):  # type: ignore[misc]
        stage = models.CharField(max_length=20, default="here")

        class Meta:
            app_label = "peers"

    class SwingLog(models.Model):  # type: ignore[misc]
        swing = models.ForeignKey(Swing, on_delete=models.CASCADE, null=True)
        source = models.CharField(max_length=20)
        target = models.CharField(max_length=20)
        at = models.DateTimeField(auto_now_add=True)

        class Meta:
            app_label = "peers"

    class Flow:
        stage = State(("here", "there"), default="here")

        def __init__(self, swing: Any) -> None:
            self.swing = swing

        @stage.setter()
        def _set(self, value: str) -> None:
            self.swing.stage = value

        @stage.getter()
        def _get(self) -> str:
            return str(self.swing.stage)

        @stage.transition(source="here", target="there")
        def go(self) -> None: ...

        @stage.transition(source="there", target="here")
        def back(self) -> None: ...

    key = _table(Swing)
    _table(SwingLog)
    turn = cycle(("go", "back"))

    def work() -> None:
        with transaction.atomic():
            swing = Swing.objects.get(pk=key)
            source = swing.stage
            getattr(Flow(swing), next(turn))()
            swing.save()
            SwingLog.objects.create(swing=swing, source=source, target=swing.stage)

    return work


def _spiff(folder: Path) -> Work:
    from SpiffWorkflow.serializer.json import JSONSerializer
    from SpiffWorkflow.specs.Simple import Simple
    from SpiffWorkflow.specs.WorkflowSpec import WorkflowSpec
    from SpiffWorkflow.util.task import TaskState
    from SpiffWorkflow.workflow import Workflow

    serializer = JSONSerializer()
    spec = WorkflowSpec(name="pendulum", addstart=True)
    last = spec.start
    for number in range(_STEPS):
        step = Simple(spec, f"{_STAGES[number % 2]}-{number}", manual=True)
        last.connect(step)
        last = step
    connection = sqlite3.connect(folder / "spiff.db", isolation_level=None)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("CREATE TABLE process (key INTEGER PRIMARY KEY, state TEXT)")
    connection.execute("CREATE TABLE log (seq INTEGER PRIMARY KEY, key INTEGER, step TEXT)")

    def begun() -> str:
        return str(serializer.serialize_workflow(Workflow(spec)))

    connection.execute("INSERT INTO process VALUES (1, ?)", (begun(),))

    def work() -> None:
        connection.execute("BEGIN IMMEDIATE")
        (state,) = connection.execute("SELECT state FROM process WHERE key = 1").fetchone()
        workflow = serializer.deserialize_workflow(state)
        task = next(iter(workflow.get_tasks(state=TaskState.READY)))
        workflow.run_task_from_id(task.id)
        after = begun() if workflow.is_completed() else str(serializer.serialize_workflow(workflow))
        connection.execute("UPDATE process SET state = ? WHERE key = 1", (after,))
        connection.execute("INSERT INTO log (key, step) VALUES (1, ?)", (json.dumps(task.task_spec.name),))
        connection.execute("COMMIT")

    return work
