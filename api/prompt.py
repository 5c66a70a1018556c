"""``POST /prompt``: a graph comes in, is checked whole, kept safe, and waits for its turn."""

from __future__ import annotations

import asyncio
import json
import logging
import uuid
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec
from aiohttp import web
from msgspec import UNSET, Struct, UnsetType

from api.described import describe
from api.endings import LONGEST_WAIT_S, USUAL_WAIT_S
from api.errors import Refusal, decode, json_response, read_json
from api.inline import keep_files
from api.people import owner_of
from api.seats import Seat
from api.server import SERVER, Server
from graph.catalog import Catalog
from graph.document import Graph, parse_prompt
from graph.errors import GraphError, Problem
from graph.report import place
from graph.validate import Checked, check, node_errors
from graph.workflow import is_workflow, read_workflow
from jobs.job import Job, State
from jobs.listing import read_job
from jobs.store import now_ms

routes = web.RouteTableDef()
log = logging.getLogger(__name__)

_LIMIT_BYTES: Final = 20_000_000
# Larger bodies are read beside the event loop: parsing and checking takes about 10 ms for each megabyte.
_QUICK_BYTES: Final = 200_000
_SECRETS: Final = ("auth_token_comfy_org", "api_key_comfy_org")


class Submission(Struct):
    """What is sent. number: lower runs first; front: before all that wait. The rest is as the field has it.

    wait: answer when the job has ended, with its outputs; a number: after so many seconds at the latest. webhook: an
    address to tell when it has ended.
    workflow: the editor's document. Without a prompt it is what runs; in any case files that are saved carry it.
    """

    prompt: Any = None
    workflow: dict[str, Any] | None = None
    client_id: str | None = None
    prompt_id: str | int | None = None
    number: float | None = None
    front: bool | None = False
    partial_execution_targets: list[str] | None = None
    extra_data: dict[str, Any] | None = None
    wait: bool | float | None = None
    webhook: str | None = None


class QueueState(Struct, omit_defaults=True):
    """How many jobs wait or run, and whether the queue is paused."""

    queue_remaining: int
    paused: bool = False


class Status(Struct):
    """What everybody hears of the queue."""

    exec_info: QueueState


class Submitted(Struct, omit_defaults=True):
    """A job that waits now; for those who waited for it also how it stands, and its outputs."""

    prompt_id: str
    number: float
    node_errors: dict[str, Any]
    status: str | UnsetType = UNSET
    outputs: dict[str, Any] | UnsetType = UNSET
    error: Any = UNSET


@routes.get("/prompt")
@describe(answer=Status)
async def show_length(request: web.Request) -> web.Response:
    """How many jobs wait or run."""
    return json_response({"exec_info": request.app[SERVER].queue.describe()})


@routes.post("/prompt")
@describe(
    body=Submission,
    answer=Submitted,
    errors={400: "nothing of it can run: error and node_errors say why", 409: "there is a job of that prompt_id"},
)
async def submit_prompt(request: web.Request) -> web.Response:
    """Queue a graph (API JSON, or editor JSON). Answers with its id, or with all that is wrong."""
    server = request.app[SERVER]
    body = await read_json(request, _LIMIT_BYTES)
    catalog = await server.book.read()
    body = await _let_packs_rewrite(body, server)
    submission, checked = await _read(body, catalog, server)
    if may_have_changed(checked, catalog):
        await server.dispatcher.seats[0].refresh_catalog()
        if (newer := await server.book.read()) is not catalog:
            catalog = newer
            submission, checked = await _read(body, catalog, server)
    checked = await ask_node_types(checked, catalog, server.dispatcher.seats[0])
    if not checked.outputs:
        raise refuse_graph(checked.problems, checked.graph)
    job = make_job(submission, checked, server, owner_of(request))
    if submission.webhook is not None:
        server.webhooks.refuse_foreign(submission.webhook)
    if not await server.dispatcher.submit(job):
        raise Refusal(
            409, "prompt_id_exists", f"There already is a job '{job.id}'. Leave prompt_id out to get a new id."
        )
    answer = Submitted(job.id, job.number, node_errors(checked.problems, checked.graph))
    # Nothing was awaited since the job began to wait, so its end cannot have been missed.
    ending = server.endings.expect(job.id) if submission.wait else None
    if submission.webhook is not None:
        await asyncio.wrap_future(server.webhooks.keep(job.id, submission.webhook))
    if ending is not None and submission.wait is not None:
        await _wait(server, answer, ending, submission.wait)
    return json_response(answer)


async def _let_packs_rewrite(body: bytes, server: Server) -> bytes:
    """The body as packs that asked for it leave it. What is no JSON object is left for the reader to refuse."""
    if not server.book.rewrites:
        return body
    decode(body, dict[str, msgspec.Raw])
    try:
        return await server.dispatcher.seats[0].rewrite(body)
    except TimeoutError:
        log.warning("Custom nodes: their handlers for prompts did not answer in time; a prompt runs as it was sent.")
        return body


async def _wait(server: Server, answer: Submitted, ending: asyncio.Future[State], wait: float) -> None:
    """Fill in how the job stands when it has ended, or when the time is over."""
    await server.endings.wait(answer.prompt_id, ending, USUAL_WAIT_S if wait is True else min(wait, LONGEST_WAIT_S))
    job = await asyncio.to_thread(read_job, server.store, answer.prompt_id)
    if job is not None:
        answer.status, answer.outputs = job.status, job.outputs or {}
        answer.error = job.execution_error if job.execution_error is not None else UNSET


async def _read(body: bytes, catalog: Catalog, server: Server) -> tuple[Submission, Checked]:
    if len(body) <= _QUICK_BYTES:
        return read_submission(body, catalog, server)
    return await asyncio.to_thread(read_submission, body, catalog, server)


def may_have_changed(checked: Checked, catalog: Catalog) -> bool:
    """Whether a value is refused that a pack may have come to offer since it was last asked."""
    types = {checked.graph.calls[p.call].node_type for p in checked.problems if p.code == "value_not_in_list"}
    return any(catalog[node_type].module.startswith("custom_nodes.") for node_type in types if node_type in catalog)


def read_submission(body: bytes, catalog: Catalog, server: Server) -> tuple[Submission, Checked]:
    """The body as a checked graph; a Refusal holds everything that is wrong with it."""
    submission = decode(body, Submission)
    if submission.prompt is None and submission.workflow is None:
        message = 'There is no prompt. Send {"prompt": {...nodes...}}, or the editor\'s document as "workflow".'
        raise Refusal(400, "no_prompt", message, beside={"node_errors": {}})
    try:
        refuse_doubles(body, submission.prompt)
        graph = read_graph(submission, catalog)
        if b";base64," in body:
            graph = keep_files(graph, catalog, server.folders)
        checked = check(graph, catalog, submission.partial_execution_targets, server.choices)
    except GraphError as error:
        raise refuse_graph(error.problems, Graph({})) from error
    return submission, checked


def read_graph(submission: Submission, catalog: Catalog) -> Graph:
    """API JSON or editor JSON, as a graph."""
    prompt = submission.workflow if submission.prompt is None else submission.prompt
    is_edited = submission.prompt is None or is_workflow(prompt)
    return read_workflow(prompt, catalog) if is_edited else parse_prompt(prompt)


def make_job(submission: Submission, checked: Checked, server: Server, user: str | None) -> Job:
    """The job as it is kept: values coerced to what the nodes take, secrets left out."""
    extra = {k: v for k, v in (submission.extra_data or {}).items() if k not in _SECRETS}
    workflow = submission.prompt if is_workflow(submission.prompt) else submission.workflow
    carried = extra.get("extra_pnginfo") or {}
    if workflow is not None and isinstance(carried, dict):
        extra["extra_pnginfo"] = {"workflow": workflow, **carried}
    now = now_ms()
    extra["create_time"] = now
    if submission.client_id is not None:
        extra["client_id"] = submission.client_id
    number = submission.number
    if number is None:
        number = server.queue.next_number(front=bool(submission.front))
    return Job(
        id=str(submission.prompt_id) if submission.prompt_id is not None else str(uuid.uuid4()),
        number=number,
        prompt=msgspec.json.encode(checked.graph.to_prompt()),
        extra=msgspec.json.encode(extra),
        targets=tuple(checked.outputs),
        client=str(extra.get("client_id") or ""),
        created_ms=now,
        user=user or "",
    )


def refuse_graph(problems: Sequence[Problem], graph: Graph) -> Refusal:
    """The answer for a graph of which nothing can run: a problem of the whole, or the first of a node, on top."""
    first = problems[0]
    beside = {"node_errors": node_errors(problems, graph)}
    if first.call not in graph.calls:
        return Refusal(400, first.code, first.message, first.details, beside)
    sentences = [place(problem, graph) for problem in problems]
    return Refusal(400, "prompt_outputs_failed_validation", sentences[0], "\n".join(sentences), beside)


async def ask_node_types(checked: Checked, catalog: Catalog, seat: Seat) -> Checked:
    """The graph judged further by those of its node types that check values themselves; they live in the worker."""
    if not checked.outputs or not any(catalog[call.node_type].has_check for call in checked.graph.calls.values()):
        return checked
    try:
        refused = await seat.check(msgspec.json.encode(checked.graph.to_prompt()), checked.outputs)
    except TimeoutError:  # the worker is busy starting; the nodes will speak up when they run
        return checked
    return checked.adding([Problem(r.code, r.message, r.call, r.input, r.details, r.extra) for r in refused])


def refuse_doubles(body: bytes, prompt: Any) -> None:
    """Raise GraphError when two nodes of the graph have one id (JSON itself would let the second replace the first)."""
    if not isinstance(prompt, Mapping) or body.count(b'"class_type"') <= len(prompt):
        return
    doubles: set[str] = set()

    def note(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        if all(isinstance(value, dict) and "class_type" in value for _, value in pairs):
            doubles.update(key for key, count in Counter(key for key, _ in pairs).items() if count > 1)
        return dict(pairs)

    json.loads(body, object_pairs_hook=note)
    if doubles:
        problems = [
            Problem(
                "invalid_prompt",
                f"There are two nodes with the id {i}. Give each its own.",
                i,
                details=f"Node ID '#{i}'",
            )
            for i in sorted(doubles)
        ]
        raise GraphError(problems)
