"""A 3D file on the wires, whatever is in it: a path, or bytes that no file holds yet."""

from __future__ import annotations

import io
from pathlib import Path
from typing import IO, Annotated, Final

from graph.spec import Port

MESH_FILES: Final = ("GLB", "GLTF", "FBX", "OBJ", "STL", "USDZ")
SPLAT_FILES: Final = ("PLY", "SPLAT", "SPZ", "KSPLAT")
# As node types of the field write the socket: the kinds that can be told apart, then "some 3D file".
ANY_MESH_FILE: Final = ",".join((*(f"FILE_3D_{form}" for form in MESH_FILES), "FILE_3D"))
ANY_SPLAT_FILE: Final = ",".join(
    (*(f"FILE_3D_{form}" for form in SPLAT_FILES), "FILE_3D_SPLAT_ANY", "FILE_3D_POINT_CLOUD_ANY", "FILE_3D")
)
ANY_3D_FILE: Final = ",".join(dict.fromkeys((*ANY_MESH_FILE.split(","), *ANY_SPLAT_FILE.split(","))))


class File3D:
    """A 3D file. Node packs make and read these, so its names are those that they use.

    source: a path, or a stream of bytes. file_format: glb, obj, spz ... (without a dot); "" = from the path.
    """

    def __init__(self, source: str | Path | IO[bytes], file_format: str = "") -> None:
        self._source = source
        self.format = file_format or (Path(source).suffix if isinstance(source, str | Path) else "")

    @property
    def format(self) -> str:
        return self._format

    @format.setter
    def format(self, value: str) -> None:
        self._format = value.lstrip(".").lower()

    @property
    def is_disk_backed(self) -> bool:
        return isinstance(self._source, str | Path)

    def get_source(self) -> str | IO[bytes]:
        """The path, or the stream, wound back."""
        if isinstance(self._source, str | Path):
            return str(self._source)
        self._source.seek(0)
        return self._source

    def get_bytes(self) -> bytes:
        if isinstance(self._source, str | Path):
            return Path(self._source).read_bytes()
        self._source.seek(0)
        return self._source.read()

    def get_data(self) -> io.BytesIO:
        return io.BytesIO(self.get_bytes())

    def save_to(self, path: str) -> str:
        """Write it to a path; returns that path."""
        Path(path).write_bytes(self.get_bytes())
        return path

    def __repr__(self) -> str:
        return f"File3D({self._source if self.is_disk_backed else 'bytes'}, {self.format or 'unknown form'})"


FILE_3D = Annotated[File3D, Port("FILE_3D")]
FILE_3D_GLB = Annotated[File3D, Port("FILE_3D_GLB")]
MESH_FILE = Annotated[File3D, Port(ANY_MESH_FILE), "A 3D file."]
SPLAT_FILE = Annotated[File3D, Port(ANY_SPLAT_FILE), "A file of Gaussians (ply, splat, spz, ksplat)."]
