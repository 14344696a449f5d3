"""From the answer to a document people read."""
