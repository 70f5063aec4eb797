"""Errors that end a process at its start, or a command, with one clear sentence.

GridpulseError
├── ConfigError           a file or variable a city edits is wrong
├── ServerUnavailable     Kafka or Redis did not answer in time
└── InputError            a file or argument given to a command is wrong
    └── NothingUsed       … the file can be read, and no row of it can be used

A bad record raises none of these: it becomes a value (`models.messages.dead_letters.Rejected`).
"""

from __future__ import annotations


class GridpulseError(Exception):
    """Base of all errors that a user can mend; `str()` is one sentence that says how."""


class ConfigError(GridpulseError):
    """A configuration file or an environment variable is wrong."""


class ServerUnavailable(GridpulseError):
    """Kafka or Redis could not be reached within the time allowed."""


class InputError(GridpulseError):
    """A file or an argument given to a command is wrong."""


class NothingUsed(InputError):
    """No row of a file could be used: the command has no answer."""
