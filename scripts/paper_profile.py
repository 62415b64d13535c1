"""Copy the papers' values of params.yaml into their profile: ``python -m scripts.paper_profile``."""

import argparse

import yaml

from lib.files import write_text
from lib.params import PAPER, load_yaml
from lib.project import project_path
from lib.trees import Tree


def profile(values: Tree) -> str:
    """Text of the papers' profile, from the content of ``params.yaml``."""
    blocks = {
        group: {name: own for name, own in content.items() if isinstance(own, dict)}
        for group, content in values.items()
        if isinstance(content, dict) and group != "corpus_profiles"
    }
    text = "# Written by `python -m scripts.paper_profile` from params.yaml.\n"
    return text + yaml.safe_dump(blocks, sort_keys=False, width=100, default_flow_style=None)


def main(arguments: list[str] | None = None) -> None:
    """Command line: ``python -m scripts.paper_profile``."""
    about = f"Write profiles/{PAPER}.yaml: the values of params.yaml become the papers' own."
    more = "Run it after adding a model or correcting a value, not after trying one out."
    argparse.ArgumentParser("python -m scripts.paper_profile", None, about, more).parse_args(arguments)
    write_text(project_path(f"profiles/{PAPER}.yaml"), profile(load_yaml()))


if __name__ == "__main__":
    main()
