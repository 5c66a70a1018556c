"""What makes a whole data set unreadable, in the user's words."""

from __future__ import annotations


class BadDataSet(Exception):
    """A file of another form, or cut off. The message says what was expected."""

    for_user = True
