"""3D files in the editor: opened, changed, and handed out."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from nodes.file_3d import File3D
from nodes.mesh_files import read_mesh
from tests.e2e.drawing import card
from tests.e2e.opening import open_graph, run

pytestmark = pytest.mark.slow

TETRAHEDRON = "v 0 0 0\nv 1 0 0\nv 0 1 0\nv 0 0 1\nf 1 3 2\nf 1 2 4\nf 1 4 3\nf 2 3 4\n"


def test_a_saved_3d_file_is_handed_out_on_its_node(page: Page, address: str, base: Path, tmp_path: Path) -> None:
    (base / "input").mkdir(exist_ok=True)
    (base / "input" / "solid.obj").write_text(TETRAHEDRON)
    open_graph(
        page,
        n1=("Load3DAdvanced", {"model_file": "solid.obj", "width": 640, "height": 480}),
        n2=("Get3DComponents", {"model_3d": ("1", 0)}),
        n3=("UnwrapMesh", {"mesh": ("2", 0), "segmenter": "pec", "resolution": 256, "padding": 2, "weld_distance": 0}),
        n4=("MeshToFile3D", {"mesh": ("3", 0)}),
        n5=("Save3DAdvanced", {"model_3d": ("4", 0), "filename_prefix": "3d/solid", "width": 640, "height": 480}),
    )
    outputs = run(page, address)
    assert outputs["5"] == {"3d": [{"filename": "solid_00001_.glb", "subfolder": "3d", "type": "output"}]}
    link = card(page, "Save 3D (Advanced)").get_by_role("link", name="solid_00001_.glb")
    expect(link).to_be_visible()
    with page.expect_download() as taken:
        link.click()
    taken.value.save_as(tmp_path / "taken.glb")
    body = read_mesh(File3D(tmp_path / "taken.glb"))
    assert (len(body.faces), body.uvs is not None) == (4, True)
