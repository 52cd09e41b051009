"""A model behind ports.Vectors (optional): at an endpoint, or in a folder; nothing is ever downloaded."""
