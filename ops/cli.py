"""The command line `gridpulse`: one module of `ops.commands` a command, found by its name.

A command prints human text; with `--json` one JSON object on stdout and nothing else there. Exit
status 0 is done, 1 found or failed what it checks, 2 wrong use.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

import typer

from config.discovery import modules_of
from config.errors import GridpulseError, NothingUsed, ServerUnavailable
from models.printable import printable


def application() -> typer.Typer:
    """Assemble the command line from the modules of `ops.commands`; each offers `register(app)`."""
    app = typer.Typer(
        name="gridpulse",
        help="Gridpulse (城脉): a real-time monitor of a city's daily running.",
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback()(_options)
    for _, module in modules_of("ops.commands"):
        module.register(app)
    return app


def _show_version(is_asked: bool) -> None:
    if is_asked:
        from importlib.metadata import version

        print(f"gridpulse {version('gridpulse')}")
        raise typer.Exit


def _options(
    version: bool = typer.Option(
        False, "--version", help="Print the version and end.", callback=_show_version, is_eager=True
    ),
    debug: bool = typer.Option(
        False, "--debug", help="Show where an error came from; may stand anywhere in the line."
    ),
) -> None:
    """Gridpulse (城脉): a real-time monitor of a city's daily running."""
    del version, debug  # `--version` ends in its callback, `main` looks for `--debug`


def main(arguments: Sequence[str] | None = None) -> None:
    """Run `gridpulse`; a mendable error is one sentence on stderr (traceback: `--debug`)."""
    # Many small matrices: the threads of a BLAS cost more than they bring, and workers are many.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    given = list(sys.argv[1:] if arguments is None else arguments)
    debug = "--debug" in given
    given = [argument for argument in given if argument != "--debug"]
    try:
        application()(given, standalone_mode=True)
    except (GridpulseError, OSError) as error:
        if debug:
            raise
        print(f"gridpulse: {printable(str(error))}", file=sys.stderr)
        sys.exit(1 if isinstance(error, (ServerUnavailable, NothingUsed)) else 2)
    except Exception as error:
        if debug:
            raise
        name = type(error).__name__
        wrong = printable(str(error))
        print(f"gridpulse: unforeseen {name}: {wrong} (--debug shows where)", file=sys.stderr)
        sys.exit(1)


if __name__ == "__main__":
    main()
