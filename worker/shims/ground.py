"""What the stand-ins stand on: this process's folders and options, and the way to the server.

The contract is made of module-level functions, so this is the one place where a process keeps such things globally.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from files.folders import Folders
from graph.run import Run, current_run
from jobs.options import Options
from nodes.errors import NotInARun

Announce = Callable[[Any, Any, "str | None"], None]


@dataclass
class Ground:
    """State: set once, when packs are about to be loaded; ``announce`` when there is a server to tell.

    announce(event, data, client): send the clients (None: all) a message of a pack's own.
    """

    folders: Folders
    options: Options = field(default_factory=Options)
    announce: Announce = lambda event, data, client: None


_ground: list[Ground] = []


def set_ground(ground: Ground) -> None:
    """From here on the stand-ins answer for these folders and options."""
    _ground[:] = [ground]


def stands_on(folders: Folders) -> bool:
    """Whether these are the folders that were set last."""
    return bool(_ground) and _ground[0].folders is folders


def has_ground() -> bool:
    """Whether anything was set: whether there are packs."""
    return bool(_ground)


def ground() -> Ground:
    """What was set; raises RuntimeError before that, which only Easel's own mistake can cause."""
    if not _ground:
        raise RuntimeError("The modules for node packs are used before they are set up.")
    return _ground[0]


def run_of(node_type: str) -> Run:
    """The run in which a pack calls one of Easel's node types as a class of the field."""
    run = current_run.get(None)
    if run is None:
        raise NotInARun(f"{node_type} can be called by nodes while they run; no run is under way here.")
    return run
