"""What every part of a study file is: frozen, and closed."""

from pydantic import BaseModel, ConfigDict


class Declared(BaseModel):
    """Frozen, and closed: a word the protocol does not know is a mistake, not an extension."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)
