"""The frozen words of the project: what flows between the rooms, and nothing that computes."""
