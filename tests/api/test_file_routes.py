"""Files in and out: /view and /upload, and no way out of their folders."""

from __future__ import annotations

import io
import json
import os
import urllib.request
from pathlib import Path

import aiohttp
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from tests.api.running import Client, Running, call, send


def png(color: str | tuple[int, ...] = "red", size: int = 8, mode: str = "RGB", **texts: str) -> bytes:
    info = PngInfo()
    for key, value in texts.items():
        info.add_text(key, value)
    file = io.BytesIO()
    Image.new(mode, (size, size), color).save(file, "PNG", pnginfo=info)
    return file.getvalue()


FORM_PARTS = [
    b"--b",
    b"--b--",
    b"\r\n",
    b'Content-Disposition: form-data; name="image"; filename="x.png"',
    b'Content-Disposition: form-data; name="subfolder"',
    b"Content-Transfer-Encoding: base64",
    b"Content-Encoding: gzip",
    b"Content-Length: 7",
    b"Content-Type: multipart/mixed; boundary=c",
    b"--c",
    b"x",
]


async def upload(
    client: Client,
    data: bytes | None,
    name: str = "a.png",
    status: int = 200,
    route: str = "/upload/image",
    **fields: str,
) -> dict[str, str]:
    form = aiohttp.FormData(default_to_multipart=True, quote_fields=False)
    if data is not None:
        form.add_field("image", io.BytesIO(data), filename=name, content_type="image/png")
    for key, value in fields.items():
        form.add_field(key, value)
    form.add_field("last", "x")
    async with client.http.post(route, data=form) as answer:
        text = await answer.text()
        assert answer.status == status, text
        found: dict[str, str] = json.loads(text)
        return found


async def view(client: Client, status: int = 200, **query: str) -> tuple[bytes, str]:
    async with client.http.get("/view", params=query) as answer:
        data = await answer.read()
        assert answer.status == status, data
        return data, answer.headers.get("Content-Type", "")


async def test_an_upload_is_seen_again_and_can_be_chosen_by_a_node(client: Client) -> None:
    data = png("blue")
    assert await upload(client, data, "picture.png") == {"name": "picture.png", "subfolder": "", "type": "input"}
    assert await view(client, filename="picture.png", type="input") == (data, "image/png")
    assert await view(client, filename="picture.png [input]") == (data, "image/png")
    options = (await client.get("/object_info/Open"))["Open"]["input"]["required"]["image"]
    assert "picture.png" in options[0]
    prompt = {"1": call("Open", image="picture.png"), "2": call("Show", value=["1", 0])}
    assert (await client.entry(await client.submit(prompt)))["outputs"] == {"2": {"text": ["picture.png"]}}


async def test_the_same_bytes_keep_their_name_and_others_get_a_new_one(client: Client) -> None:
    names = [(await upload(client, png(color), "n.png"))["name"] for color in ("red", "red", "green", "blue", "green")]
    assert names == ["n.png", "n.png", "n (1).png", "n (2).png", "n (1).png"]
    assert (await upload(client, png("white"), "n.png", overwrite="true"))["name"] == "n.png"
    assert (await view(client, filename="n.png", type="input"))[0] == png("white")


async def test_uploads_go_to_subfolders_and_other_places(client: Client) -> None:
    stored = await upload(client, png(), "s.png", subfolder="deep/er", type="temp")
    assert stored == {"name": "s.png", "subfolder": "deep/er", "type": "temp"}
    assert (await view(client, 200, **{"filename": "s.png", "subfolder": "deep/er", "type": "temp"}))[1] == "image/png"


async def test_a_mask_gives_the_original_its_transparency_and_keeps_its_texts(client: Client, server: Running) -> None:
    await upload(client, png("red", 16, prompt='{"1": {}}'), "original.png")
    ref = json.dumps({"filename": "original.png", "type": "input", "subfolder": ""})
    drawn = png((0, 0, 0, 77), 16, "RGBA")
    stored = await upload(client, drawn, "masked.png", route="/upload/mask", original_ref=ref)
    with Image.open(server.base / "input" / stored["name"]) as masked:
        assert (masked.getpixel((3, 3)), masked.info["prompt"]) == ((255, 0, 0, 77), '{"1": {}}')


@pytest.mark.parametrize(
    "name",
    ["../up.png", "/etc/passwd", "a/../../up.png", "C:\\x.png", "..\\up.png", "%2e%2e/../x", "a\0b.png", "..", "."],
)
async def test_names_that_climb_are_refused_everywhere(client: Client, server: Running, name: str) -> None:
    (server.base / "secret.png").write_bytes(png())
    before = sorted(p for p in server.base.rglob("*") if "user" not in p.parts)
    await view_refused(client, 400, filename=name)
    await view_refused(client, 400 if "\0" in name else 403, filename="secret.png", subfolder=name)
    await upload(client, png(), "ok.png", 400, subfolder=name) if name != "." else None
    assert sorted(p for p in server.base.rglob("*") if "user" not in p.parts) == before


async def view_refused(client: Client, status: int, **query: str) -> None:
    """Refused, or (a name that only means the folder itself) not found."""
    async with client.http.get("/view", params=query) as answer:
        assert answer.status in (status, 404)
        assert (await answer.json())["error"]["message"]


async def test_an_uploads_own_name_cannot_climb(client: Client, server: Running) -> None:
    body = (
        b'--b\r\nContent-Disposition: form-data; name="image"; filename="../climbed.png"\r\n\r\n'
        + png()
        + b"\r\n--b--\r\n"
    )
    headers = {"Content-Type": "multipart/form-data; boundary=b"}
    async with client.http.post("/upload/image", data=body, headers=headers) as answer:
        assert answer.status == 400
    assert not (server.base / "climbed.png").exists()


async def test_a_link_that_leads_out_of_its_folder_is_not_followed(client: Client, server: Running) -> None:
    (server.base / "outside.png").write_bytes(png())
    (server.base / "output").mkdir(exist_ok=True)
    (server.base / "output" / "link.png").symlink_to(server.base / "outside.png")
    await view(client, 400, filename="link.png")


async def test_a_name_that_is_no_text_is_refused_and_files_of_such_names_are_not_listed(
    client: Client, server: Running
) -> None:
    body = b'--b\r\nContent-Disposition: form-data; name="image"; filename="\x80.png"\r\n\r\nx\r\n--b--\r\n'
    async with client.http.post(
        "/upload/image", data=body, headers={"Content-Type": "multipart/form-data; boundary=b"}
    ) as answer:
        assert (answer.status, "characters that no file" in await answer.text()) == (400, True)
    for folder in (server.base / "input", server.base / "output", server.base / "user" / "default" / "workflows"):
        folder.mkdir(parents=True, exist_ok=True)
        Path(os.fsdecode(os.fsencode(folder) + b"/\x80.png")).write_bytes(png())
    for path in ("/object_info", "/internal/files/output", "/gallery", "/userdata?dir=workflows", "/v2/userdata"):
        async with client.http.get(path) as answer:
            assert (answer.status, b"\\udc80" in await answer.read()) == (200, False), path


async def test_forms_that_are_none_are_refused_in_a_sentence(client: Client) -> None:
    assert "form has no file" in str(await upload(client, None, status=400))
    assert "no folder type 'attic'" in str(await upload(client, png(), "t.png", 400, type="attic"))
    for headers in ({}, {"Content-Type": "multipart/form-data"}, {"Content-Type": "multipart/form-data; boundary=b"}):
        async with client.http.post("/upload/image", data=b"--b\r\nnonsense", headers=headers) as answer:
            assert answer.status == 400
            assert (await answer.json())["error"]["message"]


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(parts=st.lists(st.sampled_from(FORM_PARTS) | st.binary(max_size=20), max_size=8))
def test_no_form_is_answered_with_our_own_failure(server: Running, parts: list[bytes]) -> None:
    headers = {"Content-Type": "multipart/form-data; boundary=b"}
    request = urllib.request.Request(server.url + "/upload/image", b"".join(parts), headers, method="POST")
    assert send(request)[0] in (200, 400)


async def test_an_upload_that_is_too_large_leaves_nothing_behind(tmp_path_factory: pytest.TempPathFactory) -> None:
    running = Running(tmp_path_factory.mktemp("small"), "--max-upload-size", "1")
    try:
        async with running.session() as client:
            refused = await upload(client, b"x" * 2_000_000, "big.png", 413)
            assert "larger" in str(refused)
        assert not [p for p in running.base.rglob("*.png*")]
        assert not [p for p in running.base.rglob("*.part")]
    finally:
        running.stop()


async def test_what_a_browser_would_run_is_sent_as_a_download(client: Client, server: Running) -> None:
    folder = server.base / "output"
    folder.mkdir(exist_ok=True)
    for name in ("x.html", "x.svg", "x.js", "x.css", "x.xml", "x.xhtml", "x.unknown", "x"):
        (folder / name).write_text("<script>alert(1)</script>")
        async with client.http.get("/view", params={"filename": name}) as answer:
            assert answer.headers["Content-Type"] == "application/octet-stream", name
            assert answer.headers["Content-Disposition"] == f'attachment; filename="{name}"'


async def test_pictures_are_shown_small_or_by_channel(client: Client) -> None:
    await upload(client, png((10, 20, 30, 40), 16, "RGBA"), "rgba.png")
    asked = {"filename": "rgba.png", "type": "input"}
    for query, form, mode in (
        ({"preview": "webp;50"}, "WEBP", "RGBA"),
        ({"preview": "jpeg;80", "channel": "rgb"}, "JPEG", "RGB"),
        ({"preview": "jpeg"}, "WEBP", "RGBA"),
        ({"channel": "rgb"}, "PNG", "RGB"),
        ({"channel": "a"}, "PNG", "RGBA"),
    ):
        data, mime = await view(client, 200, **asked, **query)
        with Image.open(io.BytesIO(data)) as picture:
            assert (picture.format, picture.mode, mime) == (form, mode, f"image/{form.lower()}"), query
    await view(client, 400, **asked, channel="b")


async def test_a_picture_that_is_none_is_refused_in_a_sentence(client: Client) -> None:
    await upload(client, b"no picture", "none.png")
    data, _ = await view(client, 400, filename="none.png", type="input", preview="webp")
    assert json.loads(data)["error"]["message"] == "none.png is not a picture that can be shown."


async def test_missing_files_and_places_are_told(client: Client) -> None:
    await view(client, 404)
    await view(client, 404, filename="nowhere.png")
    await view(client, 400, filename="x.png", type="attic")


async def test_the_node_types_are_described_once_and_compressed(client: Client) -> None:
    async with client.http.get("/object_info") as answer:
        described = await answer.json()
        assert answer.headers["Content-Encoding"] == "gzip"
        tag = answer.headers["ETag"]
    assert described["Number"]["input"] == {"required": {"value": ["INT", {"default": 1, "min": 0, "max": 1000}]}}
    async with client.http.get("/object_info", headers={"If-None-Match": tag}) as answer:
        assert answer.status == 304
    await upload(client, png("pink"), "new file.png")
    async with client.http.get("/object_info", headers={"If-None-Match": tag, "Accept-Encoding": "identity"}) as answer:
        assert answer.status == 200
        assert "new file.png" in await answer.text()
    assert await client.get("/object_info/Nothing") == {}


async def test_the_machine_and_the_features_are_told(client: Client) -> None:
    told = await client.get("/system_stats")
    assert told["system"]["ram_total"] > told["system"]["ram_free"] > 0
    assert str(told["system"]["argv"]) == "['server.py']"
    versions = ("comfyui", "required_frontend", "installed_templates", "required_templates", "python", "pytorch")
    assert all(isinstance(told["system"][f"{name}_version"], str) for name in versions)
    assert (await client.get("/features"))["supports_preview_metadata"] is True
