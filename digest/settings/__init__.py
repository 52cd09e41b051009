"""`.env` and environment → Settings: the only reader of the environment."""
