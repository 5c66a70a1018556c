"""What server and worker say to each other: plain data, so that any transport can carry it.

The events mirror those of ``graph.events`` with what only makes sense inside a process left out.
"""

from __future__ import annotations

from typing import Any, Final

import msgspec
from msgspec import Raw, Struct

NOTHING: Final = Raw(b"null")


class Ran(Struct, tag="started", frozen=True):
    """The run began."""


class Cached(Struct, tag="cached", frozen=True):
    """These calls need not run."""

    calls: list[str]


class CallStarted(Struct, tag="call_started", frozen=True, omit_defaults=True):
    """A call runs now; ``shown`` is the node it is drawn on, ``parent`` the call that expanded to it."""

    call: str
    node_type: str
    shown: str = ""
    parent: str = ""


class CallProgress(Struct, tag="progress", frozen=True):
    """A call has done ``done`` of ``total``; not every report of the node is sent."""

    call: str
    done: float
    total: float


class CallFinished(Struct, tag="call_finished", frozen=True, omit_defaults=True):
    """A call has its outputs; ``ui`` is what is shown on the node (NOTHING if nothing is).

    memory_bytes: how far memory rose at its peak while the call ran; None where nobody can say.
    """

    call: str
    shown: str = ""
    parent: str = ""
    ui: Raw = NOTHING
    cached: bool = False
    seconds: float | None = None
    memory_bytes: int | None = None


class Blocked(Struct, tag="blocked", frozen=True):
    """A call was skipped; the run goes on."""

    call: str
    node_type: str
    message: str


class Succeeded(Struct, tag="succeeded", frozen=True):
    """The run is over: every wanted output is there."""


class Failed(Struct, tag="failed", frozen=True):
    """The run is over: a call raised. Inputs are shortened to what a person can read."""

    call: str
    node_type: str
    message: str
    exception_type: str
    traceback: list[str] = []
    inputs: dict[str, Any] = {}
    executed: list[str] = []


class Interrupted(Struct, tag="interrupted", frozen=True):
    """The run is over: the user stopped it while ``call`` was at work."""

    call: str = ""
    node_type: str = ""
    executed: list[str] = []


RunEvent = Ran | Cached | CallStarted | CallProgress | CallFinished | Blocked | Succeeded | Failed | Interrupted


# Worker to server.


class Device(Struct, frozen=True):
    """The device a worker owns; sizes in bytes, 0 where unknown."""

    name: str
    type: str
    index: int | None = None
    vram_total: int = 0
    vram_free: int = 0
    torch_vram_total: int = 0
    torch_vram_free: int = 0


class CatalogIs(Struct, tag="catalog", frozen=True):
    """All node types that this worker can run, as ``spec_to_json`` gives them; packs that did not load, and why.

    web: packs that bring files for the editor, and the folder these lie in. rewrites: packs want to see what clients
    send before it is judged.
    """

    specs: Raw
    failures: dict[str, str] = {}
    web: dict[str, str] = {}
    rewrites: bool = False


class CatalogRead(Struct, tag="catalog_read", frozen=True):
    """Answer to AskCatalog: what was told last is how it is."""


class RoutesAre(Struct, tag="routes", frozen=True):
    """Node packs answer HTTP requests at this port of this machine, for whoever shows the secret."""

    port: int
    secret: str


class Said(Struct, tag="said", frozen=True):
    """A node pack sends the clients (``to``; None: all) a message of its own: ``data``, or as number ``binary`` the
    frame's body.
    """

    event: str
    data: Raw = NOTHING
    to: str | None = None
    binary: int | None = None


class Ready(Struct, tag="ready", frozen=True):
    """The worker takes jobs."""


class Stats(Struct, tag="stats", frozen=True):
    """How the worker's device stands."""

    devices: list[Device]
    torch_version: str = ""


class Events(Struct, tag="events", frozen=True):
    """What happened in a job since the last message, in order."""

    job: str
    events: list[RunEvent]


class Preview(Struct, tag="preview", frozen=True):
    """A picture of a call's work so far; the frame's body holds the encoded image.

    asked: by the prompt or the options; others are only for clients that can tell them from results. whole: what a
    node sends as a result; it is for everybody, and never left out.
    """

    job: str
    call: str
    mime: str
    asked: bool
    whole: bool = False


class Refused(Struct, frozen=True):
    """What a node type has against its inputs, as ``graph.errors.Problem`` has it."""

    code: str
    message: str
    call: str
    input: str
    details: str
    extra: dict[str, Any] = {}


class Checked(Struct, tag="checked", frozen=True):
    """Answer to Check."""

    check: int
    refusals: list[Refused]


class PlanIs(Struct, tag="plan", frozen=True):
    """Answer to AskPlan: the calls that would run, those whose results are known, and for each call why.

    ``failure`` says why no plan could be made; the rest is empty then.
    """

    plan: int
    runs: list[str] = []
    cached: list[str] = []
    why: dict[str, str] = {}
    failure: str = ""


class Rewritten(Struct, tag="rewritten", frozen=True):
    """Answer to Rewrite: what a client sent, as node packs leave it."""

    rewrite: int
    body: Raw


FromWorker = (
    Rewritten | CatalogIs | Ready | Stats | Events | Preview | Checked | PlanIs | RoutesAre | Said | CatalogRead
)


# Server to worker.


class Start(Struct, tag="start", frozen=True):
    """Run a job. ``prompt`` was checked and coerced by the server."""

    job: str
    prompt: Raw
    extra: Raw
    targets: list[str]


class Cancel(Struct, tag="cancel", frozen=True):
    """Stop that job if it runs."""

    job: str


class Check(Struct, tag="check", frozen=True):
    """Let node types look at the values of the calls that the targets need (V1's VALIDATE_INPUTS)."""

    check: int
    prompt: Raw
    targets: list[str]


class Rewrite(Struct, tag="rewrite", frozen=True):
    """Let node packs change what a client sent to be run (``add_on_prompt_handler``)."""

    rewrite: int
    body: Raw


class AskPlan(Struct, tag="ask_plan", frozen=True):
    """Say what a run of the targets would do, without running anything. ``prompt`` was checked by the server."""

    plan: int
    prompt: Raw
    targets: list[str]


class AskCatalog(Struct, tag="ask_catalog", frozen=True):
    """Look whether node types of packs have changed (new files to choose from). Answered with CatalogIs if so, and
    CatalogRead.
    """


class Free(Struct, tag="free", frozen=True):
    """Give memory back when no job runs: loaded models, and the cached outputs too."""

    unload_models: bool = False
    free_memory: bool = False


class AskStats(Struct, tag="ask_stats", frozen=True):
    """Answer with Stats."""


class Quit(Struct, tag="quit", frozen=True):
    """Stop what runs and end the process."""


ToWorker = Start | Cancel | Check | Rewrite | AskPlan | AskCatalog | Free | AskStats | Quit

read_from_worker = msgspec.json.Decoder(FromWorker).decode
read_to_worker = msgspec.json.Decoder(ToWorker).decode
