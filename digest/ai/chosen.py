"""The model that the settings name."""

from pathlib import Path

from digest.ports import Vectors


def chosen_model(where: Path | str | None, *, model: str, key: str) -> Vectors | None:
    """The model in a folder, or that of a name at an address; None where nothing is chosen. Nothing is loaded yet."""
    if isinstance(where, Path):
        from digest.ai.local import LocalVectors

        return LocalVectors(where)
    if not where:
        return None
    from digest.ai.endpoint import EndpointVectors

    return EndpointVectors(where, model, key=key)
