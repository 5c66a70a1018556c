"""What packs may use before torch is loaded: their folders. Their prestartup scripts run in this state."""

from __future__ import annotations

import sys

from files.folders import Folders
from jobs.options import Options
from worker.shims import folder_paths
from worker.shims.ground import Ground, set_ground, stands_on


def stand_ready(folders: Folders, options: Options) -> None:
    """Let ``folder_paths`` answer for these folders; what packs have added to it since then stays."""
    if stands_on(folders):
        return
    set_ground(Ground(folders, options))
    folder_paths.fill(folders)
    sys.modules["folder_paths"] = folder_paths
