"""Bodies of triangles, changed: smoothed, simplified, rebuilt, coloured."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Annotated, Any, Final, NamedTuple

from diffusion.memory import Memory
from diffusion.solids.body import PICTURES, Body, Mesh, bodies_of, join
from diffusion.solids.normals import smooth
from diffusion.solids.remesh import Remeshing, remesh
from diffusion.solids.simplify import Placement, simplify
from graph.groups import DYNAMIC_COMBO
from graph.node import Done, Slot, node
from graph.run import Run
from graph.spec import Float, Group, Int, Port, Text, Toggle
from nodes.solids import MESH

CATEGORY: Final = "3d/mesh"
OUT_MESH = Annotated[Mesh, Port("MESH"), Slot(name="mesh")]


def option(kind: str, default: Any, tooltip: str, **limits: float) -> list[Any]:
    """An input that comes with a choice."""
    return [kind, {"default": default, **limits, "tooltip": tooltip}]


PLACEMENT: Final = Group(
    DYNAMIC_COMBO,
    {
        "options": [
            {"key": "midpoint", "inputs": {"required": {}}},
            {
                "key": "qem",
                "inputs": {
                    "optional": {
                        "line_quadric_weight": option("FLOAT", 0.0, "Keeps ridges and valleys.", min=0.0, max=100.0),
                        "feature_edge_quadric_weight": option("FLOAT", 0.0, "Keeps creases.", min=0.0, max=1000.0),
                        "feature_edge_min_dihedral_deg": option(
                            "FLOAT", 30.0, "From how many degrees on an edge is a crease.", min=0.0, max=180.0
                        ),
                        "clamp_v_to_edge": option("BOOLEAN", True, "Vertices stay on the edges that they come from."),
                    }
                },
            },
        ]
    },
)


def _sharp(default: bool) -> list[Any]:
    return option("BOOLEAN", default, "Vertices go to where planes meet: sharp edges, but jagged on what is soft.")


SIGN_MODE: Final = Group(
    DYNAMIC_COMBO,
    {
        "options": [
            {
                "key": "udf",
                "inputs": {
                    "optional": {
                        "qef": _sharp(False),
                        "drop_inverted_components": option("BOOLEAN", False, "Drop parts that look inside."),
                        "drop_enclosed_components": option("BOOLEAN", False, "Drop parts inside of the largest."),
                    }
                },
            },
            {
                "key": "sdf",
                "inputs": {
                    "optional": {
                        "qef": _sharp(True),
                        "manifold": option("BOOLEAN", False, "No edge has more than two faces."),
                    }
                },
            },
            {
                "key": "solid",
                "inputs": {
                    "optional": {
                        "fill": option(
                            "FLOAT", 20.0, "Lower closes larger openings; 0 puts a lid on a cup.", min=0.0, max=1000.0
                        ),
                        "qef": _sharp(False),
                    }
                },
            },
        ]
    },
)
ADVANCED: Final = Slot(advanced=True)


class Informed(NamedTuple):
    mesh: OUT_MESH
    info: Annotated[str, Text()]


@node("GetMeshInfo", display_name="Get Mesh Info", category=CATEGORY, output=True, needs_device=False,
      synonyms=("vertices", "faces", "count"))  # fmt: skip
def inform(*, mesh: MESH) -> Done[Informed]:
    """How many vertices and faces the bodies have, and what their vertices carry; the mesh is passed on."""
    text = describe_mesh(mesh)
    return Done(Informed(mesh, text), {"text": [text]})


@node("MeshSmoothNormals", display_name="Smooth Mesh Normals", category=CATEGORY, needs_device=False,
      synonyms=("shade smooth", "normals"))  # fmt: skip
def smooth_normals(
    *,
    mesh: MESH,
    crease_angle: Annotated[
        float, Float(0.0, 180.0, 1.0), "Edges that bend by more degrees stay sharp; 180 = none does."
    ] = 180.0,
) -> OUT_MESH:
    """Give bodies normals, so that they look round; along sharp edges the vertices are doubled."""
    return join([smooth(body, crease_angle) for body in bodies_of(mesh)])


@node(
    "DecimateMesh", display_name="Decimate Mesh", category=CATEGORY, synonyms=("simplify", "reduce faces", "low poly")
)
def decimate(
    *,
    mesh: MESH,
    target_face_count: Annotated[int, Int(0, 50_000_000), "At most so many faces each; 0 = leave it."] = 200_000,
    placement_mode: Annotated[
        Mapping[str, Any], PLACEMENT, "midpoint: vertices go amid those they replace. qem: to where the error is least."
    ],
    memory: Memory,
    run: Run,
) -> Done[OUT_MESH]:
    """Bodies of fewer faces (quadric error metrics). They stay welded and closed; uvs and colours are kept."""
    exact = placement_mode.get("placement_mode") == "qem"
    placement = Placement(
        midpoint=not exact,
        line_weight=float(placement_mode.get("line_quadric_weight", 0.0)),
        crease_weight=float(placement_mode.get("feature_edge_quadric_weight", 0.0)),
        crease_degrees=float(placement_mode.get("feature_edge_min_dihedral_deg", 30.0)),
        on_edge=bool(placement_mode.get("clamp_v_to_edge", True)),
    )

    def reduce(body: Body) -> Body:
        if not target_face_count or len(body.faces) <= target_face_count:
            return body
        on_device = body.to(memory.exact_device)
        return simplify(on_device, target_face_count, placement, run.progress).to(body.vertices.device)

    return changed(mesh, reduce)


@node("RemeshMesh", display_name="Remesh Mesh (Narrow-Band DC)", category=CATEGORY, needs_device=False,
      synonyms=("voxel remesh", "watertight", "retopology"))  # fmt: skip
def rebuild(
    *,
    mesh: MESH,
    resolution: Annotated[
        int, Int(32, 2048), "Cells along the longest side; 256 makes about 100,000 faces, 512 a million."
    ] = 512,
    sign_mode: Annotated[
        Mapping[str, Any],
        SIGN_MODE,
        "udf: a skin on both sides, whatever the mesh. sdf: the same surface, if its faces agree what is outside. "
        "solid: one closed body.",
    ],
    band: Annotated[
        float,
        Float(0.5, 4.0, 0.1),
        "Cells: how far udf's skin is from the surface; how wide gaps solid closes.",
        ADVANCED,
    ] = 1.0,
    project_back: Annotated[
        float, Float(0.0, 1.0, 0.01), "How far vertices go back to the old surface.", ADVANCED
    ] = 0.0,
    fix_poles: Annotated[
        bool, Toggle(), "Draw together corners of three quads that face each other.", ADVANCED
    ] = False,
    smooth_iters: Annotated[int, Int(0, 20), "Passes of smoothing that keep the volume."] = 0,
    drop_small_components: Annotated[
        float, Float(0.0, 0.5, 0.001), "Parts of fewer faces than this share of the largest's are dropped.", ADVANCED
    ] = 0.01,
    precluster_max_verts: Annotated[
        int, Int(0, 100_000_000), "Meshes of more vertices are thinned to about so many first; 0 = never.", ADVANCED
    ] = 20_000_000,
    run: Run,
) -> Done[OUT_MESH]:
    """Bodies rebuilt out of even cells, which mends crossing, loose and doubled faces; only their colours are kept.

    Solid rolls a ball around the body: openings up to ``2 * band * 20 / fill`` cells wide are closed.
    """
    mode = str(sign_mode.get("sign_mode", "udf"))
    how = Remeshing(
        resolution=resolution,
        mode=mode,
        band=band,
        fill=float(sign_mode.get("fill", 20.0)),
        exact=bool(sign_mode.get("qef", mode == "sdf")),
        manifold=bool(sign_mode.get("manifold", False)),
        project_back=project_back,
        fix_poles=fix_poles,
        smooth=smooth_iters,
        drop_small=drop_small_components,
        drop_inverted=bool(sign_mode.get("drop_inverted_components", False)),
        drop_enclosed=bool(sign_mode.get("drop_enclosed_components", False)),
        most_vertices=precluster_max_verts,
    )
    return changed(mesh, lambda body: body if body.is_empty else remesh(body, how, run.progress))


def changed(mesh: Mesh, change: Callable[[Body], Body]) -> Done[OUT_MESH]:
    """The bodies, each changed, with a line on the node that says how many faces there were and are."""
    before = bodies_of(mesh)
    after = [change(body) for body in before]
    old, new = (sum(len(body.faces) for body in bodies) for bodies in (before, after))
    share = f" ({100 * (new - old) / old:+.0f}%)" if old else ""
    return Done((join(after),), {"text": [f"faces: {_short(old)} → {_short(new)}{share}"]})


def describe_mesh(mesh: Mesh) -> str:
    bodies = bodies_of(mesh)
    counts = [(len(body.vertices), len(body.faces)) for body in bodies]
    totals = {"vertices": sum(v for v, _ in counts), "faces": sum(f for _, f in counts)}
    lines = [f"{name}: {_long(total)}" for name, total in totals.items()]
    if len(bodies) > 1:
        lines += [f"  {i}: {v:,} vertices, {f:,} faces" for i, (v, f) in enumerate(counts)]
    lines.append("attributes: " + (", ".join(_attributes(mesh)) or "none"))
    return "\n".join(lines)


def _attributes(mesh: Mesh) -> list[str]:
    carried = [
        name for name in ("uvs", "vertex_colors", "normals", "tangents") if getattr(mesh, name, None) is not None
    ]
    pictures = {name: value for name in PICTURES if (value := getattr(mesh, name, None)) is not None}
    return carried + [f"{name} ({value.shape[1]} x {value.shape[2]})" for name, value in pictures.items()]


def _long(count: int) -> str:
    return f"{count:,} ({_short(count)})" if count >= 1000 else str(count)


def _short(count: int) -> str:
    """``999``, ``12.3K``, ``1.23M``."""
    if count < 1000:
        return str(count)
    return f"{count / 1000:.3g}K" if count < 999_500 else f"{count / 1_000_000:.3g}M"
