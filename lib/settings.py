"""Base class of every settings class."""

from pydantic import BaseModel, ConfigDict


class Settings(BaseModel):
    """Immutable settings; unknown keys are errors."""

    model_config = ConfigDict(frozen=True, extra="forbid")
