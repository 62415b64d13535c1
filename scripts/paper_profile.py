"""Copy the papers' values of params.yaml into their profile: ``python -m scripts.paper_profile``."""

import argparse

import yaml

from lib.files import write_text
from lib.params import PAPER, load_yaml
from lib.project import project_path


def main(arguments: list[str] | None = None) -> None:
    """Command line: ``python -m scripts.paper_profile``."""
    about = f"Write profiles/{PAPER}.yaml: the values of params.yaml become the papers' own."
    more = "Run it after adding a model or correcting a value, not after trying one out."
    argparse.ArgumentParser("python -m scripts.paper_profile", None, about, more).parse_args(arguments)
    blocks = {
        group: {name: values for name, values in content.items() if isinstance(values, dict)}
        for group, content in load_yaml().items()
        if isinstance(content, dict) and group != "corpus_profiles"
    }
    text = "# Written by `python -m scripts.paper_profile` from params.yaml.\n"
    text += yaml.safe_dump(blocks, sort_keys=False, width=100, default_flow_style=None)
    write_text(project_path(f"profiles/{PAPER}.yaml"), text)


if __name__ == "__main__":
    main()
