"""The one place data is opened."""
