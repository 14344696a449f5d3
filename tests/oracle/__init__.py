"""The cohort and every strategy in plain Python, one case and one reading at a time.

Written from ``docs/methods.md`` alone, with the standard library and the protocol's types. It is slow on
purpose: where the engine reasons with intervals, this takes every vague date to every whole day of its
interval and asks the question again.
"""
