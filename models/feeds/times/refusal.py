"""Why a column of times is not read."""

from __future__ import annotations


class UnclearTimes(ValueError):
    """A column may mean two things and nothing in it decides; `str()` says which and what helps.

    Attributes
    ----------
    what : str
        What may be two things.
    forms : tuple of str
        Values of `--time-format` of which one settles it.
    """

    def __init__(self, what: str, forms: tuple[str, ...]) -> None:
        super().__init__(f"{what}; say which with --time-format {' or '.join(forms)}")
        self.what = what
        self.forms = forms
