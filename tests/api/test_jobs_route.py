"""/api/jobs and the queue: jobs in every state, stopped, paused, moved, followed, and their files removed."""

from __future__ import annotations

from typing import Any

from tests.api.running import Client, Running, call, shown, work

LONG = 3000


async def listed(client: Client, query: str = "") -> list[str]:
    return [job["id"] for job in (await client.get(f"/api/jobs{query}"))["jobs"]]


async def status_of(client: Client, job_id: str) -> str:
    return str((await client.get(f"/api/jobs/{job_id}"))["status"])


async def test_jobs_of_every_state_are_listed_newest_first(own_server: Running) -> None:
    async with own_server.session() as client:
        good = await client.submit(shown(1), extra_data={"extra_pnginfo": {"workflow": {"id": "w1"}}})
        bad = await client.submit({"1": call("Fail", value=1, message="bad luck"), **shown(["1", 0])})
        await client.entry(bad)
        runs = await client.submit(work(LONG, 0.02))
        await client.until_running(runs)
        waits, gone = await client.submit(shown(2)), await client.submit(shown(3))
        assert await client.post(f"/api/jobs/{gone}/cancel", {}) == {"cancelled": True, "job_ids": [gone]}
        whole = await client.get("/api/jobs")
        assert {job["id"]: job["status"] for job in whole["jobs"]} == {
            good: "completed",
            bad: "failed",
            runs: "in_progress",
            waits: "pending",
            gone: "cancelled",
        }
        assert whole["pagination"] == {"offset": 0, "limit": None, "total": 5, "has_more": False}
        assert await listed(client) == [gone, waits, runs, bad, good]
        assert await listed(client, "?sort_order=asc&limit=2") == [good, bad]
        assert await listed(client, "?status=completed,failed") == [bad, good]
        assert await listed(client, "?workflow_id=w1") == [good]
        page = await client.get("/api/jobs?limit=2&offset=1")
        assert ([job["id"] for job in page["jobs"]], page["pagination"]["has_more"]) == ([waits, runs], True)
        failed = next(job for job in whole["jobs"] if job["id"] == bad)
        assert failed["execution_error"]["exception_message"] == "bad luck"
        await client.post("/api/jobs/cancel", {"job_ids": [runs, waits]})


async def test_a_parameter_without_meaning_is_refused(client: Client) -> None:
    for query in ("status=done", "sort_by=name", "sort_order=up", "limit=0", "limit=x", "offset=1.5"):
        async with client.http.get(f"/api/jobs?{query}") as answer:
            assert (answer.status, list(await answer.json())) == (400, ["error"]), query
    async with client.http.get("/api/jobs/unknown") as answer:
        assert (answer.status, await answer.json()) == (404, {"error": "Job not found"})
    for path in ("/jobs", "/api/api/jobs", "/api/internal/logs"):
        async with client.http.get(path) as answer:
            assert answer.status == 404, path


async def test_an_ended_job_tells_its_outputs_its_picture_and_what_was_run(client: Client) -> None:
    job_id = await client.submit({"1": call("Paint", size=8, seed=7, filename_prefix="a"), **shown("text")})
    await client.entry(job_id)
    job = await client.get(f"/api/jobs/{job_id}")
    picture = job["outputs"]["1"]["images"][0]
    assert job["preview_output"] == {**picture, "nodeId": "1", "mediaType": "images"}
    assert (job["outputs_count"], job["execution_status"]["status_str"]) == (2, "success")
    assert job["workflow"]["prompt"]["1"]["class_type"] == "Paint"
    assert job["execution_end_time"] >= job["execution_start_time"] >= job["create_time"]


async def test_a_running_job_tells_the_progress_of_its_nodes_and_what_it_gave_so_far(client: Client) -> None:
    job_id = await client.submit({**work(LONG, 0.01), "0": call("Show", value="early")})

    async def is_on_its_way() -> Any:
        job = await client.get(f"/api/jobs/{job_id}")
        return job if job.get("nodes", {}).get("1", {}).get("value", 0) > 2 and job["outputs"] else None

    job = await client.until(is_on_its_way)
    assert job["nodes"]["1"]["max"] == LONG
    assert job["nodes"]["1"]["state"] == "running"
    assert job["outputs"] == {"0": {"text": ["early"]}}
    await client.post(f"/api/jobs/{job_id}/cancel", {})
    await client.entry(job_id)
    assert await status_of(client, job_id) == "cancelled"


async def test_cancelling_what_has_ended_or_never_was_does_nothing(client: Client) -> None:
    done = await client.submit(shown(1))
    await client.entry(done)
    nothing = {"cancelled": False, "job_ids": []}
    assert await client.post(f"/api/jobs/{done}/cancel", {}) == nothing
    assert await client.post("/api/jobs/unknown/cancel", {}) == nothing
    assert await status_of(client, done) == "completed"


async def test_several_are_cancelled_together_or_none(client: Client) -> None:
    runs = await client.submit(work(LONG, 0.02))
    await client.until_running(runs)
    waits = await client.submit(shown(1))
    await client.post("/api/jobs/cancel", {"job_ids": [waits, "unknown"]}, status=404)
    assert await status_of(client, waits) == "pending"
    answer = await client.post("/api/jobs/cancel", {"job_ids": [waits, runs]})
    assert set(answer["job_ids"]) == {waits, runs}
    await client.entry(runs)
    assert await status_of(client, waits) == "cancelled"


async def test_a_paused_queue_lets_nothing_begin_also_after_a_restart(own_server: Running) -> None:
    async with own_server.session() as client:
        assert await client.post("/queue/pause", {}) == {"queue_remaining": 0, "paused": True}
        job_id = await client.submit(shown(1))
    own_server.stop()
    own_server.start()
    async with own_server.session() as client:
        assert await client.get("/prompt") == {"exec_info": {"queue_remaining": 1, "paused": True}}
        assert await client.get(f"/history/{job_id}") == {}
        assert (await client.get(f"/api/jobs/{job_id}"))["position"] == 0
        await client.post("/queue/resume", {})
        assert (await client.entry(job_id))["status"]["completed"]
        assert await client.get("/prompt") == {"exec_info": {"queue_remaining": 0}}


async def test_waiting_jobs_are_moved_and_keep_their_places_over_a_restart(own_server: Running) -> None:
    async with own_server.session() as client:
        await client.post("/queue/pause", {})
        a, b, c = [await client.submit(shown(i)) for i in range(3)]
        assert await client.post(f"/api/jobs/{c}/move", {"before": b}) == {"job_ids": [a, c, b]}
        assert await client.post(f"/api/jobs/{b}/move", {"front": True}) == {"job_ids": [b, a, c]}
        assert await client.post(f"/api/jobs/{b}/move", {}) == {"job_ids": [a, c, b]}
        await client.post(f"/api/jobs/{a}/move", {"before": "unknown"}, status=404)
        await client.post("/api/jobs/unknown/move", {}, status=404)
    own_server.stop()
    own_server.start()
    async with own_server.session() as client:
        assert [item[1] for item in (await client.get("/queue"))["queue_pending"]] == [a, c, b]
        await client.post("/queue/resume", {})
        await client.entry(b)
        assert list(await client.get("/history")) == [a, c, b]


async def test_the_files_of_a_job_are_deleted_with_it_and_nothing_else(server: Running, client: Client) -> None:
    gone, kept = [await client.submit({"1": call("Paint", size=8, seed=seed, filename_prefix="a")}) for seed in (1, 2)]
    names = [(await client.entry(i))["outputs"]["1"]["images"][0]["filename"] for i in (gone, kept)]
    async with client.http.delete(f"/api/jobs/{gone}/outputs") as answer:
        assert await answer.json() == {"files": [f"output/{names[0]}"]}
    there = {path.name for path in (server.base / "output").iterdir()}
    assert names[0] not in there
    assert names[1] in there
    assert await client.get(f"/history/{gone}") == {}
    async with client.http.delete(f"/api/jobs/{gone}/outputs") as answer:
        assert answer.status == 404
