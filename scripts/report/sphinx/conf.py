"""Sphinx settings of the report site: everything is local, nothing is executed."""

project = "Emotion-recognition compendium"
author = "the compendium's contributors"
extensions = ["myst_nb", "matplotlib.sphinxext.mathmpl"]  # formulas become pictures here
myst_enable_extensions = ["attrs_inline", "colon_fence"]
nb_execution_mode = "off"
nb_merge_streams = True
exclude_patterns = ["_build"]
mathmpl_fontsize = 16.0
html_theme = "sphinx_book_theme"
html_title = project
html_static_path = ["static"]
html_css_files = ["report.css"]
html_theme_options = {
    "show_toc_level": 2,
    "home_page_in_toc": True,
    "use_download_button": False,
    "use_fullscreen_button": False,
}
html_copy_source = False
html_show_sourcelink = False
suppress_warnings = ["myst.header", "mystnb.unknown_mime_type"]
