"""Than what? The estimates beside published arms, and the verdict."""
