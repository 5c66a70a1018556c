"""What clients do wrong on the way: aiohttp answers it by itself, or cannot, and would log each with a traceback."""

from __future__ import annotations

import logging

from aiohttp.http_exceptions import HttpProcessingError
from aiohttp.web_protocol import RequestPayloadError


class InOneLine(logging.Filter):
    """Notes such a request in one line. Whatever else the server has to say stays as it is."""

    def filter(self, record: logging.LogRecord) -> bool:
        error = record.exc_info[1] if record.exc_info else None
        said = "" if error is None else _say(error)
        if said:
            record.levelno, record.levelname = logging.INFO, logging.getLevelName(logging.INFO)
            record.msg, record.args, record.exc_info = said, (), None
        return True


def _say(error: BaseException) -> str:
    if isinstance(error, HttpProcessingError) and error.code < 500:
        return f"A request that is no HTTP was refused: {_first_line(error.message)}"
    if isinstance(error, RequestPayloadError):
        return f"The rest of a body could not be read: {_first_line(str(error))}"
    if isinstance(error, ConnectionError):
        return f"A client left before it had its answer: {_first_line(str(error))}"
    return ""


def _first_line(text: str) -> str:
    return text.removeprefix("400, message:").strip().split("\n")[0].strip(" :")
