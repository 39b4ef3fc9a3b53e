"""Files that are often taken for recordings, known by their first bytes."""

from __future__ import annotations

import struct

_CONVERT = "convert it to WAV (ffmpeg -i FILE -c:a pcm_s16le out.wav)"
_STARTS = {
    b"RIFX": f"a RIFX (big-endian) WAV; {_CONVERT}",
    b"riff\x2e\x91\xcf\x11": f"a Sony Wave64 file; {_CONVERT}",
    b"FORM": f"an AIFF file; {_CONVERT}",
    b"fLaC": f"a FLAC file, which a device does not read; {_CONVERT}",
    b"OggS": f"an Ogg file; {_CONVERT}",
    b".snd": f"a Sun AU file; {_CONVERT}",
    b"caff": f"a Core Audio file; {_CONVERT}",
    b"\xff\xfb": f"an MP3 file; {_CONVERT}",
    b"\xff\xf3": f"an MP3 file; {_CONVERT}",
    b"\xff\xf1": f"an AAC file; {_CONVERT}",
    b"PK\x03\x04": "a zip or npz archive, which a device does not open; unpack it and give the "
    "file or the .npy in it",
    b"PK\x05\x06": "an empty zip archive; give the recording itself",
    b"\x1f\x8b": "a gzip archive; unpack it first",
    b"BZh": "a bzip2 archive; unpack it first",
    b"\xfd7zXZ": "an xz archive; unpack it first",
    b"\x89HDF": "an HDF5 or MATLAB 7.3 file, which a device does not read; save it as .npy or WAV",
    b"MATLAB 7": "a MATLAB 7.3 file, which a device does not read; save it as .npy or WAV",
    b"MATLAB 5": "a MATLAB file, which a device does not read; save it as .npy or WAV",
    b"\x80\x04\x95": "a Python pickle, which is never read; save it as .npy",
    b"\xff\xfe": "UTF-16 text; save it as UTF-8",
    b"\xfe\xff": "UTF-16 text; save it as UTF-8",
    b"version https://": "a Git LFS pointer, not the recording; run git lfs pull",
}
_MATLAB_4 = struct.Struct("<4I")


def name_of(head: bytes) -> str | None:
    """Say ``"this is <what>; <what instead>"``, or None for bytes that tell nothing."""
    if head[4:8] == b"ftyp":
        return f"this is an MP4 or M4A file; {_CONVERT}"
    for start, what in _STARTS.items():
        if head.startswith(start):
            return f"this is {what}"
    return None


def is_matlab_4(head: bytes) -> bool:
    """Whether a file begins with a matrix of numbers of MATLAB 4, as signals of WFDB records do.

    Source: MathWorks, "MAT-File Format", level 4: type, rows, columns, imaginary or not, each of
    four bytes, the least first; the type's tens tell of what numbers.
    """
    if len(head) < _MATLAB_4.size:
        return False
    kind, rows, columns, imaginary = _MATLAB_4.unpack_from(head)
    return kind in range(0, 60, 10) and rows > 0 and columns > 0 and imaginary == 0
