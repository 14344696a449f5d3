"""The sections of the report, each composed by rule from the answer."""
