"""What `make repro` says at its end: time of each stage, and where the report is."""

import argparse
import csv

from rich.console import Console
from rich.table import Table

from lib.notebook import DURATIONS
from lib.params import project_path
from lib.report.site import SITE


def main() -> None:
    """Print the last duration of every stage and the report's path."""
    argparse.ArgumentParser("python -m lib.report.summary", description=__doc__).parse_args()
    table = Table("stage", "seconds", title="last run of each stage")
    table.columns[1].justify = "right"
    path = project_path(DURATIONS)
    if path.is_file():
        with path.open(encoding="utf-8", newline="") as file:
            for stage, seconds in csv.reader(file):
                table.add_row(stage, seconds)
    console = Console()
    console.print(table)
    console.print(f"Report: {project_path(SITE) / 'index.html'}", soft_wrap=True)


if __name__ == "__main__":
    main()
