"""Files of samples that a device reads: one file, one kind. `read` chooses the kind.

>>> clip = read("clip.wav")
>>> clip = read("log.csv", column="x", rate=12000)
"""

from harken.clip import Clip, Format, formats
from harken.clip_file import read

__all__ = ["Clip", "Format", "formats", "read"]
