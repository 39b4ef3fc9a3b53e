"""The seal of a file: one digest over all of its bytes, which the contract carries.

It tells an altered file (a bad copy, a flipped bit, a contract that somebody edited) from the one
that was exported. It is no signature: who can write the file can seal it anew.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace

from harken.contract import KEY, Contract, to_json
from harken.errors import RefusedError
from harken.onnx_file import OnnxFile, parse, with_metadata


def sealed(content: bytes, contract: Contract, where: str) -> bytes:
    """Give the ONNX file ``content`` with ``contract`` in it, sealed; ``where`` names it."""
    blank = to_json(replace(contract, digest=""))
    digest = _digest(parse(content, where), blank)
    return with_metadata(content, KEY, to_json(replace(contract, digest=digest)))


def check_seal(parsed: OnnxFile, contract: Contract, where: str) -> None:
    """Raise `RefusedError` when the seal is not that of these bytes; no seal is not checked."""
    if not contract.digest:
        return
    blank = parsed.metadata[KEY].replace(f'"digest":"{contract.digest}"', '"digest":""')
    if contract.digest != _digest(parsed, blank):
        raise RefusedError(
            f"{where}: was altered after its export (its digest differs); "
            f"copy it again or export it again"
        )


def _digest(parsed: OnnxFile, blank_contract: str) -> str:
    return hashlib.sha256(f"{parsed.digest}\n{blank_contract}".encode()).hexdigest()
