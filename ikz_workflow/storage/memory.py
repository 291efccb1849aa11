"""Remember the register entries read, as long as no register changes."""

from __future__ import annotations

from ikz_workflow.storage.rows import Entry


class Memory:
    """What was read of the registers as of the position of their last event."""

    def __init__(self) -> None:
        self.known: dict[str, Entry] = {}
        self.lists: dict[str, list[Entry]] = {}
        self.accounts: dict[str, Entry | None] = {}
        self.names: dict[str, str] = {}
        self.own: str | None = None
        self.actor = ""  # who acted last here will probably act again
        self._as_of = -1

    def upto(self, register_seq: int) -> None:
        """Forget everything if the registers have another last event than when it was read."""
        if register_seq != self._as_of:
            self.forget()
            self._as_of = register_seq

    def forget(self) -> None:
        """Forget everything, because a register changed."""
        self.known.clear()
        self.lists.clear()
        self.accounts.clear()
        self.names.clear()
        self.own = None
        self._as_of = -1
