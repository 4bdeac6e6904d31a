"""Random numbers as a function of their key.

A draw is not taken from a stream but computed from its key: *the gap before the third page of the
second visit of person 71 on day 20089*. So any day, person or channel can be drawn without the
others, in any order, by any number of workers; and two worlds that differ in one parameter share
every draw that the parameter does not touch.

The mixing function is the finaliser of SplitMix64 (Steele, Lea and Flood, *Fast splittable
pseudorandom number generators*, OOPSLA 2014), applied once for each part of the key.
"""

import hashlib
from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Bits = NDArray[np.uint64]

GOLDEN = np.uint64(0x9E3779B97F4A7C15)
MIX_1 = np.uint64(0xBF58476D1CE4E5B9)
MIX_2 = np.uint64(0x94D049BB133111EB)


class Draws:
    """All random numbers of one world.

    Each method takes the *purpose* of the draw, then its indices: integers or integer arrays, which
    are broadcast like numpy operands.
    """

    def __init__(self, seed: int) -> None:
        self.seed = seed

    def bits(self, purpose: str, *indices: ArrayLike) -> Bits:
        """Draw 64 bits.

        Parameters
        ----------
        purpose
            What the draw is for; two purposes are independent.
        *indices
            The rest of the key, from the widest to the narrowest: person, day, number.

        Returns
        -------
        Bits
            In the broadcast shape of the indices.
        """
        mixed: Bits = np.asarray(_key(self.seed, purpose))
        with np.errstate(over="ignore"):
            for index in indices:
                number = np.asarray(index).astype(np.uint64)
                mixed = _mix(mixed + GOLDEN * (number + np.uint64(1)))
        return mixed

    def uniform(self, purpose: str, *indices: ArrayLike) -> Floats:
        """Draw from the open interval (0, 1).

        Returns
        -------
        Floats
            Multiples of 2⁻⁵³, never 0 and never 1.
        """
        # the upper 52 bits and a half
        upper = self.bits(purpose, *indices) >> np.uint64(12)
        return (upper + np.float64(0.5)) * 2.0**-52

    def chance(
        self, probability: ArrayLike, purpose: str, *indices: ArrayLike
    ) -> NDArray[np.bool_]:
        """Draw whether something happens.

        Parameters
        ----------
        probability
            From 0 to 1, broadcast against the indices. Raising it never cancels an event.

        Returns
        -------
        NDArray[np.bool_]
            True with that probability.
        """
        return self.uniform(purpose, *indices) < np.asarray(probability)

    def below(self, limit: ArrayLike, purpose: str, *indices: ArrayLike) -> Integers:
        """Draw an integer from 0 to ``limit`` - 1, uniformly.

        Parameters
        ----------
        limit
            The number of choices, at least 1 and below 2³².

        Returns
        -------
        Integers
            The numbers.
        """
        high = self.bits(purpose, *indices) >> np.uint64(32)
        return ((high * np.asarray(limit).astype(np.uint64)) >> np.uint64(32)).astype(np.int64)

    def normal(self, purpose: str, *indices: ArrayLike) -> Floats:
        """Draw from the standard normal distribution.

        Returns
        -------
        Floats
            The quantile of a uniform draw.
        """
        drawn: Floats = special.ndtri(self.uniform(purpose, *indices))
        return drawn

    def exponential(self, mean: ArrayLike, purpose: str, *indices: ArrayLike) -> Floats:
        """Draw a waiting time.

        Parameters
        ----------
        mean
            Its mean, in any unit.

        Returns
        -------
        Floats
            In the same unit.
        """
        drawn: Floats = -np.log(self.uniform(purpose, *indices)) * np.asarray(mean)
        return drawn

    def gamma(self, shape: ArrayLike, mean: ArrayLike, purpose: str, *indices: ArrayLike) -> Floats:
        """Draw from a gamma distribution.

        Parameters
        ----------
        shape
            Its shape; the squared coefficient of variation is 1 / shape.

        Returns
        -------
        Floats
            The quantile of a uniform draw; about a microsecond each, so for people, not for events.
        """
        uniform = self.uniform(purpose, *indices)
        drawn: Floats = special.gammaincinv(shape, uniform) * np.asarray(mean) / np.asarray(shape)
        return drawn

    def choice(
        self, weights: Sequence[float] | Floats, purpose: str, *indices: ArrayLike
    ) -> Integers:
        """Draw a position in a list of weights.

        Parameters
        ----------
        weights
            How likely each position is, in any unit.

        Returns
        -------
        Integers
            Positions.
        """
        return pick(self.uniform(purpose, *indices), weights)


def pick(uniform: Floats, weights: Sequence[float] | Floats) -> Integers:
    """Turn a uniform draw into a position in a list of weights.

    Parameters
    ----------
    uniform
        Draws from (0, 1).
    weights
        How likely each position is, in any unit.

    Returns
    -------
    Integers
        Positions, in the shape of the draws.
    """
    cumulated = np.cumsum(np.asarray(weights, dtype=np.float64))
    limits = cumulated[:-1] / cumulated[-1]
    return np.searchsorted(limits, uniform, side="right").astype(np.int64)


def poisson(uniform: Floats, mean: Floats, most: int = 4) -> Integers:
    """Turn a uniform draw into a Poisson count.

    By inversion, so that for one draw the count never falls as the mean rises: what an
    advertisement adds is the difference between two counts of the same draw.

    Parameters
    ----------
    uniform
        Draws from (0, 1).
    mean
        The means, in a shape that broadcasts.
    most
        The largest count; larger ones are cut off.

    Returns
    -------
    Integers
        Counts.
    """
    uniform, mean = np.broadcast_arrays(uniform, mean)
    none = np.exp(-mean)
    count = (uniform > none).astype(np.int64)
    # most counts are zero: only the others are worked out further
    some = np.nonzero(count)
    uniform, mean, term = uniform[some], mean[some], none[some]
    cumulated = term
    for number in range(1, most):
        term = term * mean / number
        cumulated = cumulated + term
        count[some] += uniform > cumulated
    return count


def shuffled(number: ArrayLike, size: int, key: int) -> Integers:
    """Permute the numbers from 0 to ``size`` - 1.

    Systems' ids are made this way: unique, and independent of the order in which people came.

    Parameters
    ----------
    number
        Numbers below ``size``.
    size
        How many there are, up to 2⁶².
    key
        Which permutation.

    Returns
    -------
    Integers
        Their images, each below ``size`` and all different: a Feistel network of four rounds over
        the next even power of two, repeated until the image is below ``size``.
    """
    half = np.uint64(max(1, (int(size - 1).bit_length() + 1) // 2))
    mask = (np.uint64(1) << half) - np.uint64(1)
    image = np.array(number, dtype=np.uint64)
    todo = np.ones(image.shape, dtype=bool)
    while todo.any():
        left, right = image[todo] >> half, image[todo] & mask
        for turn in range(4):
            mixed = _mix(right + np.uint64((key * 4 + turn + 1) * int(GOLDEN) % 2**64))
            left, right = right, left ^ (mixed & mask)
        image[todo] = (left << half) | right
        todo = image >= np.uint64(size)
    return image.astype(np.int64)


def _mix(number: Bits) -> Bits:
    """Scatter each number over all 64 bits; products wrap around on purpose."""
    mixed = number ^ (number >> np.uint64(30))
    mixed *= MIX_1
    mixed ^= mixed >> np.uint64(27)
    mixed *= MIX_2
    mixed ^= mixed >> np.uint64(31)
    return mixed


@lru_cache(maxsize=4096)
def _key(seed: int, purpose: str) -> np.uint64:
    digest = hashlib.blake2b(f"{seed}:{purpose}".encode(), digest_size=8).digest()
    return np.uint64(int.from_bytes(digest, "little"))
