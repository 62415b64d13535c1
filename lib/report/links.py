"""Internal links of the built site: every target and anchor must be there."""

from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit


class _Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.links: list[str] = []
        self.anchors: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if value and name in ("href", "src"):
                self.links.append(value)
            if value and name in ("id", "name"):
                self.anchors.add(value)


def broken(site: Path) -> list[str]:
    """Links that lead nowhere, as ``page -> link``; those to other hosts are not followed."""
    pages = {}
    for path in _pages(site):
        page = _Page()
        page.feed(path.read_text(encoding="utf-8"))
        pages[path.resolve()] = page
    wrong = []
    for path, page in pages.items():
        for link in page.links:
            parts = urlsplit(link)
            if parts.scheme or parts.netloc:
                continue
            target = path if not parts.path else (path.parent / unquote(parts.path)).resolve()
            anchor = unquote(parts.fragment)
            missing = not target.exists()
            if not missing and anchor and target in pages:
                missing = anchor not in pages[target].anchors
            if missing:
                wrong.append(f"{path.relative_to(site.resolve())} -> {link}")
    return wrong


def remote(site: Path) -> list[str]:
    """Scripts, styles, fonts and pictures that pages load from other hosts, as ``page -> link``."""
    found = []
    for path in _pages(site):
        page = _Loaded()
        page.feed(path.read_text(encoding="utf-8"))
        found += [f"{path.relative_to(site)} -> {link}" for link in page.links]
    return found


def _pages(site: Path) -> list[Path]:
    """Pages without the theme's templates."""
    found = sorted(site.rglob("*.html"))
    return [path for path in found if path.relative_to(site).parts[0] != "_static"]


class _Loaded(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        loaded = given.get("src") if tag in ("script", "img", "iframe", "source") else None
        if tag == "link" and given.get("rel") in ("stylesheet", "preload", "icon"):
            loaded = given.get("href")
        if loaded and (urlsplit(loaded).netloc):
            self.links.append(loaded)
