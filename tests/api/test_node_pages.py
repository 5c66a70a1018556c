"""A page on each node type, as web front ends ask for it."""

from __future__ import annotations

from api.node_pages import write_page
from graph.spec import Choice, Input, Int, NodeSpec, Output, Port, Text
from tests.api.running import Client

PAGE = """\
# Paint

Paints &lt;b&gt; things.

`Painter`, pictures, an output

## Inputs

- **model** (MODEL)
- **steps** (INT; 1 to 100; at first 20): How many | how fine.
- **way** (COMBO; a, b)
- **words** (STRING; optional; several lines)

## Outputs

- **image** (IMAGE; a list): Pictures.

"""


def test_a_page_says_what_a_node_type_does_takes_and_gives() -> None:
    inputs = (
        Input("model", Port("MODEL")),
        Input("steps", Int(1, 100), default=20, tooltip="How many |\nhow fine."),
        Input("way", Choice(("a", "b"))),
        Input("words", Text(multiline=True), required=False, default=None),
    )
    outputs = (Output("image", "IMAGE", is_list=True, tooltip="Pictures."),)
    spec = NodeSpec("Painter", inputs, outputs, "Paint", "pictures", "Paints <b> things.", is_output=True)
    assert write_page(spec) == PAGE


async def test_pages_are_served_in_every_language_and_only_at_the_root(client: Client) -> None:
    for language in ("en", "zh"):
        async with client.http.get(f"/docs/Show/{language}.md") as answer:
            assert (answer.status, answer.content_type) == (200, "text/markdown")
            assert (await answer.text()).startswith("# Show")
    for path, sentence in (("/docs/Nothing/en.md", "no node type 'Nothing'"), ("/api/docs/Show/en.md", "nothing at")):
        async with client.http.get(path) as answer:
            assert answer.status == 404
            assert sentence in (await answer.json())["error"]["message"]
