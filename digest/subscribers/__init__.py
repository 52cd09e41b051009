"""The people: who they are, what they wish, and the links that speak for them."""
