"""Structured logs: one line an event, as JSON for machines or coloured text for people."""

from __future__ import annotations

import logging
import sys
import time
from collections.abc import Callable

import structlog

from models.printable import printable_lines

_QUIET = ("aiokafka", "asyncio", "kafka", "mode", "faust")  # their `info` tells of themselves only

_REPEAT_S = 30.0


class Calm(logging.Filter):
    """Lets a line of a library pass once in a while: aiokafka without a broker writes thousands.

    Parameters
    ----------
    clock : callable
        Monotonic seconds.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._clock = clock
        self._passed_s: dict[tuple[str, int], float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Refuse a line whose place in the code has logged within the last half minute."""
        place = (record.pathname, record.lineno)
        now_s = self._clock()
        if now_s - self._passed_s.get(place, -_REPEAT_S) < _REPEAT_S:
            return False
        self._passed_s[place] = now_s
        return True


def configure(log_format: str, *, level: str = "INFO") -> None:
    """Send the logs of this program and of its libraries to stderr in one format.

    Parameters
    ----------
    log_format : str
        `json` or `console` (as in `Settings.log_format`).
    level : str
        Lowest level that is shown; libraries only from WARNING.
    """
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                *_renderers(log_format),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for name in _QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)
    handler.addFilter(_only_libraries(Calm()))


def _only_libraries(calm: Calm) -> Callable[[logging.LogRecord], bool]:
    """Apply a filter to the lines of noisy libraries and leave our own alone."""
    return lambda record: record.name.split(".")[0] not in _QUIET or calm.filter(record)


def _renderers(log_format: str) -> list[structlog.typing.Processor]:
    """Last steps of a line: exceptions to text, then the line itself."""
    if log_format == "json":
        return [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]
    # Plain: the default prints local variables, and with them secrets.
    plain = structlog.dev.plain_traceback
    renderer = structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), exception_formatter=plain)
    return [structlog.processors.format_exc_info, _harmless, renderer]


def _harmless(
    logger: object, method: str, event: structlog.typing.EventDict
) -> structlog.typing.EventDict:
    """Show what would act on a terminal as escapes: names and texts come from outside."""
    del logger, method
    return {
        name: printable_lines(value) if isinstance(value, str) else value
        for name, value in event.items()
    }


def get(name: str) -> structlog.stdlib.BoundLogger:
    """Give the logger of a module; events take their values by name, not in the text."""
    logger: structlog.stdlib.BoundLogger = structlog.get_logger(name)
    return logger
