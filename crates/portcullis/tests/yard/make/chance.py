"""Chance that is the same on every machine and Python: all of it from `random()` of one seed."""
import random


class Chance:
    """A seeded source; `of` gives an independent one for a name."""

    def __init__(self, seed):
        self._random = random.Random(str(seed)).random

    def below(self, n):
        return int(self._random() * n)

    def between(self, low, high):
        return low + self.below(high - low + 1)

    def one(self, things):
        return things[self.below(len(things))]

    def often(self, share):
        return self._random() < share

    def digits(self, n, first="0123456789"):
        return self.one(first) + "".join(self.one("0123456789") for _ in range(n - 1))

    def word(self, n, alphabet):
        return "".join(self.one(alphabet) for _ in range(n))

    def hex(self, n):
        return self.word(n, "0123456789abcdef")

    def filled(self, pattern):
        """`#` a digit, `%` one of 2-9, `?` a letter; the rest as it stands."""
        return "".join(
            self.one("0123456789") if c == "#" else self.one("23456789") if c == "%"
            else self.one("ABCDEFGHJKLMNPRSTUVWXYZ") if c == "?" else c for c in pattern)

    def sample(self, things, n):
        left = list(things)
        return [left.pop(self.below(len(left))) for _ in range(min(n, len(left)))]
