"""What can go wrong in training that the user can mend."""

from __future__ import annotations


class TrainingError(Exception):
    """A sentence: what is wrong, where, and what to do."""

    for_user = True
