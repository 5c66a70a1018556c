"""Readers of the data sets that the field trains on, from their files as they are published. Nothing is downloaded.

Every reader is a generator of Records that holds one record at a time, tells a Ledger of bad ones and goes on.
"""

from training.datasets.record import Ledger, Record

__all__ = ["Ledger", "Record"]
