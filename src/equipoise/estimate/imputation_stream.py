"""The random numbers of one imputation: a stream of its own for each section and question."""

import hashlib
import json

import numpy as np

from equipoise.domain.imputation import ImputationDeclared
from equipoise.domain.protocol import Protocol
from equipoise.estimate.imputation_cells import Question


def stream(protocol: Protocol, declared: ImputationDeclared, question: Question) -> np.random.Generator:
    """A generator from the protocol's seed and the names alone, so that a further section changes no other's numbers.

    The key of ``numpy.random.SeedSequence`` is the SHA-256 of the names, as eight words of 32 bits.
    """
    names = json.dumps([declared.name, question.estimand.name, question.label], ensure_ascii=False)
    digest = hashlib.sha256(names.encode("utf-8")).digest()
    key = tuple(int(word) for word in np.frombuffer(digest, dtype="<u4"))
    return np.random.default_rng(np.random.SeedSequence(entropy=protocol.seed, spawn_key=key))
