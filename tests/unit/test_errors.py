"""An error says where, what and the remedy, and says it whole on the other side of a process boundary."""

import pickle

import pytest

from equipoise.errors import DataError, MethodError, OutputError, Problem, ProtocolError, UsageError

PROBLEMS = (Problem("visit 2", "is empty", "fill it"), Problem("seed", "is missing", "give seed"))


@pytest.mark.parametrize("kind", [DataError, MethodError, OutputError, ProtocolError, UsageError])
def test_an_error_survives_pickling(kind):
    error = kind(PROBLEMS)
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is kind
    assert again.problems == PROBLEMS
    assert str(again) == str(error) == "visit 2\n  is empty\n  fill it\nseed\n  is missing\n  give seed"
