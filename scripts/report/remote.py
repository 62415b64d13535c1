"""What pages of the site load from other hosts; the report must work without a network."""

import re
from pathlib import Path

REMOTE = re.compile(
    r"""<(?:script|img|iframe|source)\b[^>]*\ssrc=["'](?:https?:)?//[^"']+"""
    r"""|<link\b(?=[^>]*\srel=["'](?:stylesheet|preload|icon)["'])"""
    r"""[^>]*\shref=["'](?:https?:)?//[^"']+"""
)
"""Scripts, styles, fonts and pictures that a page loads from other hosts."""


def remote(site: Path) -> list[str]:
    """What pages load from other hosts, as ``page: tag``."""
    return [
        f"{path.relative_to(site)}: {tag}"
        for path in sorted(site.rglob("*.html"))
        if "_static" not in path.relative_to(site).parts  # the theme's templates
        for tag in REMOTE.findall(path.read_text(encoding="utf-8"))
    ]
