"""What is sent to the port and is no HTTP: aiohttp refuses it (400) by itself, and would log each with a traceback."""

from __future__ import annotations

import logging

from aiohttp.http_exceptions import HttpProcessingError


class InOneLine(logging.Filter):
    """Notes such a request in one line. Whatever else the server has to say stays as it is."""

    def filter(self, record: logging.LogRecord) -> bool:
        error = record.exc_info[1] if record.exc_info else None
        if isinstance(error, HttpProcessingError) and error.code < 500:
            record.levelno, record.levelname = logging.INFO, logging.getLevelName(logging.INFO)
            record.msg, record.args = (
                "A request that is no HTTP was refused: %s",
                (error.message.split("\n")[0].strip(" :"),),
            )
            record.exc_info = None
        return True
