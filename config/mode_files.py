"""`modes.yaml` of a city → plans by mode, or one sentence that says what to mend."""

from __future__ import annotations

from pathlib import Path

from config.catalog import Catalog
from config.documents import Document, read_document
from config.modes import ModePlan, ModesFile


def read_modes(folder: Path) -> tuple[dict[str, ModePlan], Document | None]:
    """Read the plans of a city; none where it has no such file.

    Raises
    ------
    ConfigError
        The first field that does not fit.
    """
    file = folder / "modes.yaml"
    if not file.is_file():
        return {}, None
    document = read_document(file)
    plans = document.parse(ModesFile).modes
    return {str(name): plan for name, plan in plans.items()}, document


def check_modes(catalog: Catalog, file: Document | None) -> None:
    """Refuse a class, rule or post that stands nowhere; raises ConfigError."""
    if file is None:
        return
    classes = {code for feed in catalog.feeds_of("cases") for code in feed.categories}
    posts = set() if catalog.roster is None else set(catalog.roster.posts)
    for name, plan in catalog.modes.items():
        words = [
            *((("limits", n, "category"), one.category) for n, one in enumerate(plan.limits)),
            *((("urgent", n), code) for n, code in enumerate(plan.urgent)),
            *((("rules", n), rule) for n, rule in enumerate(plan.rules)),
            *((("posts", n), post) for n, post in enumerate(plan.posts)),
        ]
        known = {
            "limits": classes | {"*"},
            "urgent": classes,
            "rules": set(catalog.rules),
            "posts": posts,
        }
        for path, word in words:
            if word not in known[str(path[0])]:
                listed = ", ".join(sorted(known[str(path[0])])) or "none"
                wrong = f"expected one of {listed}, found {word!r}"
                raise file.error(("modes", name, *path), wrong)
        for number, limit in enumerate(plan.limits):
            if limit.level is not None:
                wrong = "a mode has no objects with levels"
                raise file.error(("modes", name, "limits", number, "level"), wrong)
