"""`python -m digest`, and what the `digest` script starts."""


def main() -> None:
    """Run the command line."""
    # Every worker process loads the script that started its parent: it must find nothing heavy here.
    from digest.cli.main import main as run

    run()


if __name__ == "__main__":
    main()
