"""Equipoise: from the cases of an experimental treatment and a declared protocol to an honest answer."""
