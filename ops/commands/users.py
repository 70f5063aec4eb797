"""`gridpulse users`: who may log in at the wall and its API, as what, and for where."""

from __future__ import annotations

from typing import Annotated

import typer

NameArgument = Annotated[str, typer.Argument(help="name of the user")]
StdinOption = Annotated[
    bool, typer.Option("--password-stdin", help="read the password from stdin, not the terminal")
]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    users = typer.Typer(help="Who may log in at the wall and its API.", no_args_is_help=True)
    users.command("list")(list_users)
    users.command()(add)
    users.command()(passwd)
    users.command()(end)
    users.command()(token)
    app.add_typer(users, name="users")


def list_users(
    as_json: bool = typer.Option(False, "--json", help="One JSON object on stdout."),
) -> None:
    """List the users, their roles and tokens; no password and no token is shown."""
    from datetime import UTC, datetime

    import msgspec

    from config.settings import Settings
    from ops.access.accounts import Accounts
    from ops.output import Column, print_table, say

    found = Accounts(Settings.from_env()).list()
    if as_json:
        hidden = [msgspec.structs.replace(user, password="") for user in found]
        bare = [
            {**msgspec.to_builtins(user), "tokens": [token.name for token in user.tokens]}
            for user in hidden
        ]
        say({"users": bare}, "", as_json=True)
        return
    names = ("user", "role", "areas", "departments", "tokens", "ended")
    rows = [
        (
            user.name,
            user.role.value,
            ", ".join(user.areas) or "all",
            ", ".join(user.departments) or "all",
            ", ".join(token.name for token in user.tokens),
            f"{datetime.fromtimestamp(user.until_ms / 1000, UTC):%Y-%m-%d}" * bool(user.until_ms),
        )
        for user in found
    ]
    print_table([Column(name=name) for name in names], rows, title=f"{len(rows)} users")


def add(
    name: NameArgument,
    role: Annotated[str, typer.Option(help="viewer, operator, bureau, commander or admin")],
    area: Annotated[list[str] | None, typer.Option(help="code of an area that is theirs")] = None,
    department: Annotated[
        list[str] | None, typer.Option(help="code of a department that is theirs")
    ] = None,
    from_stdin: StdinOption = False,
) -> None:
    """Add a user; areas and departments bound what they see, none is the whole city."""
    from config.settings import Settings
    from ops.access.accounts import Accounts

    accounts = Accounts(Settings.from_env())
    accounts.add(name, role, _password(from_stdin), area or (), department or ())
    print(f"added {name} as {role}")


def passwd(name: NameArgument, from_stdin: StdinOption = False) -> None:
    """Give a user another password; their sessions end."""
    from config.settings import Settings
    from ops.access.accounts import Accounts

    Accounts(Settings.from_env()).passwd(name, _password(from_stdin))
    print(f"{name} has another password")


def end(name: NameArgument) -> None:
    """End an account; its name stays, since the audit names it."""
    from config.settings import Settings
    from ops.access.accounts import Accounts

    Accounts(Settings.from_env()).end(name)
    print(f"{name} can no longer log in")


def token(
    name: NameArgument,
    label: Annotated[str, typer.Argument(help="what the token is for, such as the program")],
    scope: Annotated[list[str] | None, typer.Option(help="read, command, report")] = None,
    days: Annotated[int, typer.Option(help="how long it holds")] = 90,
    end: Annotated[bool, typer.Option("--end", help="end it instead")] = False,
) -> None:
    """Give a program a token of a user; it is printed once and kept nowhere."""
    from config.settings import Settings
    from ops.access.accounts import Accounts

    accounts = Accounts(Settings.from_env())
    if end:
        accounts.end_token(name, label)
        print(f"the token {label} of {name} no longer holds")
    else:
        print(accounts.token(name, label, scope or ["read"], days))


def _password(from_stdin: bool) -> str:
    """Ask for a password, twice at a terminal; it never stands in the line of the command."""
    import sys

    if from_stdin:
        return sys.stdin.readline().rstrip("\n")
    asked: str = typer.prompt("password", hide_input=True, confirmation_prompt=True)
    return asked
