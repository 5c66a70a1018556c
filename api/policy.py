"""The content policy: what a page of this server may load, run and ask for in a browser."""

from __future__ import annotations

import base64
import hashlib
import re
from pathlib import Path
from typing import Final

# The editor needs inline styles (React writes them), pictures it makes itself (blob:, data:) and its own socket. No
# page may send anything to another host.
_POLICY: Final = (
    "default-src 'self'; script-src 'self'{scripts}; style-src 'self' 'unsafe-inline'; img-src 'self' blob: data:; "
    "media-src 'self' blob:; font-src 'self' data:; connect-src 'self'{sources}; worker-src 'self' blob:; "
    "object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'self'"
)
_SCRIPT: Final = re.compile(r"<script(?![^>]*\bsrc=)[^>]*>(.*?)</script>", re.DOTALL | re.IGNORECASE)


def content_policy(front_end: Path, *, is_own: bool) -> str:
    """The policy for a front end. One that was brought along may also run what its start page holds, and WASM."""
    if is_own:
        return _POLICY.format(scripts="", sources="")
    page = front_end / "index.html"
    text = page.read_text("utf-8", "replace") if page.is_file() else ""
    hashes = "".join(f" '{_hash(script)}'" for script in _SCRIPT.findall(text))
    return _POLICY.format(scripts=f"{hashes} 'wasm-unsafe-eval' blob:", sources=" blob: data:")


def _hash(script: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
