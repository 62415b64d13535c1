"""Sphinx settings of the report site: everything is local, nothing is executed."""

from typing import Any

from docutils import nodes
from docutils.utils.math.latex2mathml import tex2mathml

project = "Emotion-recognition compendium"
author = "the compendium's contributors"
extensions = ["myst_nb"]
myst_enable_extensions = ["attrs_inline", "colon_fence", "dollarmath"]
html_math_renderer = "mathml"  # which browsers draw without a script
nb_execution_mode = "off"
nb_merge_streams = True
exclude_patterns = ["_build"]
html_theme = "sphinx_book_theme"
html_title = project
html_static_path = ["static"]
html_css_files = ["report.css"]
templates_path = ["templates"]
html_theme_options = {
    "show_toc_level": 2,
    "home_page_in_toc": True,
    "use_download_button": False,
    "use_fullscreen_button": False,
    "navbar_persistent": [],  # a second search box
}
html_sidebars = {"**": ["home-link.html", "search-button-field.html", "sbt-sidebar-nav.html"]}
html_copy_source = False
html_show_sourcelink = False
suppress_warnings = ["myst.header", "mystnb.unknown_mime_type"]


FOCUSED = {
    '<div class="pst-scrollable-table-container">': (
        '<div class="pst-scrollable-table-container" tabindex="0" role="group" aria-label="Table">'
    ),
    '"><pre>': '"><pre tabindex="0">',
}
"""Boxes that scroll, as Sphinx and its theme write them and as the keyboard reaches them."""


def focus(app: Any, page: str, template: str, context: dict[str, Any], doctree: Any) -> None:
    """Let boxes that scroll take the keyboard's focus."""
    for found, better in FOCUSED.items():
        context["body"] = context.get("body", "").replace(found, better)


def inline(translator: Any, node: nodes.math) -> None:
    """Write a formula in a line of text."""
    translator.body.append(tex2mathml(node.astext()))
    raise nodes.SkipNode


def displayed(translator: Any, node: nodes.math_block) -> None:
    """Write a formula on a line of its own."""
    translator.body.append(
        f'<div class="formula" tabindex="0">{tex2mathml(node.astext(), as_block=True)}</div>'
    )
    raise nodes.SkipNode


def setup(app: Any) -> None:
    """Register the renderer of formulas and what the keyboard reaches."""
    app.add_html_math_renderer("mathml", (inline, None), (displayed, None))
    app.connect("html-page-context", focus)
