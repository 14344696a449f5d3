"""The one place files are made: whole or not at all."""
