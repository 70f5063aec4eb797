"""The trained prediction of breaches as a file of the archive."""

from __future__ import annotations

from config.errors import ConfigError
from config.settings import Settings
from models.cases.prediction.breach import MODEL_FILE, BreachModel


def read_model(settings: Settings) -> BreachModel | None:
    """Read the model that `gridpulse train cases` wrote; None where there is none.

    Raises
    ------
    ConfigError
        The file is not a model.
    """
    file = settings.archive_dir / MODEL_FILE
    if not file.is_file():
        return None
    try:
        return BreachModel.from_json(file.read_bytes())
    except ValueError as error:
        msg = f"{file}: {error}; train it again with: gridpulse train cases"
        raise ConfigError(msg) from None
