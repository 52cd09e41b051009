"""An item in the words that a model reads to place it."""

from digest.model.feed import Item


def wording(item: Item) -> str:
    """The headline and the lead as running text; the headline alone where there is no lead."""
    return f"{item.title}. {item.summary}" if item.summary else item.title
