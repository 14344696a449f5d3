"""Figures as Vega-Lite dictionaries. Every number drawn is ours: Vega places, it never computes an interval."""
