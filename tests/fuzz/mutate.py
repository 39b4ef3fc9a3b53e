"""Bytes made worse: what a broken disk, a broken writer or an attacker does to a file."""

from __future__ import annotations

from random import Random

_EDGES = (
    0, 1, 2, 3, 7, 8, 127, 128, 255, 256, 2**15 - 1, 2**15, 2**16 - 1, 2**31 - 1, 2**31,
    2**32 - 9, 2**32 - 1, 2**40, 2**63 - 1, 2**63, 2**64 - 1,
)  # fmt: skip
_MOST_CHANGES = 6


def mutated(content: bytes, tokens: tuple[bytes, ...], rng: Random) -> bytes:
    """Give the bytes with some changes, one in four times with none.

    ``tokens`` are words of the format, which are put in or written over what is there.
    """
    changed = bytearray(content)
    if rng.random() < 0.25:
        return content
    for _ in range(rng.randint(1, _MOST_CHANGES)):
        at = rng.randrange(len(changed) + 1)
        # most of what matters stands in the head
        at = min(at, rng.randrange(64)) if rng.random() < 0.5 else at
        _change(changed, at, tokens, rng)
    return bytes(changed)


def _change(changed: bytearray, at: int, tokens: tuple[bytes, ...], rng: Random) -> None:
    length = rng.choice((1, 1, 2, 4, 8, 30, 400))
    match rng.randrange(9):
        case 0 if at < len(changed):
            changed[at] ^= 1 << rng.randrange(8)
        case 1 if at < len(changed):
            changed[at] = rng.randrange(256)
        case 2:
            width = rng.choice((1, 2, 4, 8))
            number = (rng.choice(_EDGES) + rng.choice((0, 0, 1, -1))) % 256**width
            changed[at : at + width] = number.to_bytes(width, rng.choice(("little", "big")))
        case 3:
            del changed[at : at + length]
        case 4:
            changed[at:at] = changed[at : at + length]
        case 5:
            changed[at:at] = rng.randbytes(length)
        case 6:
            del changed[at:]
        case 7:
            changed[at:at] = rng.choice(tokens)
        case _:
            token = rng.choice(tokens)
            changed[at : at + len(token)] = token
