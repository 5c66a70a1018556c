"""What can be wrong with a file name, in the user's words."""

from __future__ import annotations


class FileProblem(Exception):
    """A name that points nowhere or out of its folder, or a file of the wrong kind. The message says what to do."""

    for_user = True


class NoSuchFile(FileProblem):
    """The file or folder is not there."""


class OutsideFolder(FileProblem):
    """The name leads out of the folder it has to stay in."""
