"""Covariances between visits of many replicates at once, as curves a search can follow.

A state says where each of B replicates stands; it has a covariance for each of C groups, derivatives by k local
parameters, and a step. Unstructured covariances move along sigma = L exp(H) L', L L' the covariance they stand at:
they stay positive definite, and a step is the same in every unit. The others move in the parameters of
``covariance_at``.
"""

from dataclasses import dataclass

import numpy as np

from equipoise.domain.cohort import Floats
from equipoise.stats.mmrm_covariance import CovarianceAt, Structure, covariance_at


@dataclass(frozen=True)
class Unstructured:
    """Any covariance between m visits; the state is the covariance itself, (B, C, m, m)."""

    visits: int

    @property
    def basis(self) -> Floats:
        """Symmetric matrices H moves along, (k, m, m)."""
        row, column = np.triu_indices(self.visits)
        basis = np.zeros((row.size, self.visits, self.visits))
        basis[np.arange(row.size), row, column] = basis[np.arange(row.size), column, row] = 1.0
        return basis

    def sigma(self, state: Floats) -> Floats:
        """The covariance of each state, (B, C, m, m)."""
        return state

    def slopes(self, state: Floats, net: Floats) -> tuple[Floats, Floats]:
        """First derivatives (B, C, k, m, m), and the second contracted with ``net`` (B, C, m, m): (B, C, k, k)."""
        root = np.linalg.cholesky(state)[:, :, None]
        back = root.swapaxes(-1, -2)
        whitened = (back[:, :, 0] @ net @ root[:, :, 0]).reshape(*net.shape[:2], -1)
        product = self.basis[:, None] @ self.basis
        bend = (product + product.swapaxes(-1, -2)).reshape(*product.shape[:2], -1) / 2.0
        return root @ self.basis @ back, np.einsum("bcx,hjx->bchj", whitened, bend, optimize=True)

    def move(self, state: Floats, step: Floats) -> Floats:
        """The state after a step (B, C, k)."""
        root = np.linalg.cholesky(state)
        size, turn = np.linalg.eigh(np.einsum("bch,hij->bcij", step, self.basis))
        half = root @ turn * np.exp(size / 2.0)[..., None, :]
        return np.asarray(half @ half.swapaxes(-1, -2), dtype=np.float64)


@dataclass(frozen=True)
class Structured:
    """A covariance of fewer parameters; the state is those of ``covariance_at``, (B, C, k)."""

    structure: Structure
    visits: int

    def _at(self, state: Floats) -> list[list[CovarianceAt]]:
        return [[covariance_at(self.structure, theta, self.visits) for theta in each] for each in state]

    def sigma(self, state: Floats) -> Floats:
        """The covariance of each state, (B, C, m, m)."""
        return np.array([[at.sigma for at in each] for each in self._at(state)])

    def slopes(self, state: Floats, net: Floats) -> tuple[Floats, Floats]:
        """First derivatives (B, C, k, m, m), and the second contracted with ``net`` (B, C, m, m): (B, C, k, k)."""
        found = self._at(state)
        first = np.array([[at.first for at in each] for each in found])
        second = np.array([[at.second for at in each] for each in found])
        return first, np.einsum("bcij,bchgij->bchg", net, second, optimize=True)

    def move(self, state: Floats, step: Floats) -> Floats:
        """The state after a step (B, C, k)."""
        return state + step


Curve = Unstructured | Structured
