"""Hand a trained network over: ``make card MODEL=runs/<key>``.

Values come from the environment: MODEL, the folder of a run, and OUT, the folder that is written (by default
``outputs/cards/<paper>-<experiment>-<corpus>-<key>``).
"""

import argparse
import os
import re
import sys
from pathlib import Path

from lib import processor
from lib.params import project_path


def main() -> None:
    """Command line; the last lines say where the card is and what to read before it is handed over."""
    text, _, more = (__doc__ or "").partition("\n\n")
    argparse.ArgumentParser("python -m scripts.card.run", None, text, more).parse_args()
    if not os.environ.get("MODEL"):
        sys.exit("MODEL: the folder of a run, for example make card MODEL=runs/<key>")
    processor.pin()
    from scripts.card import writing
    from scripts.predict.models import ModelError, load

    try:
        trained = load(os.environ["MODEL"])
        record = trained.record
        names = [record["paper"], record["experiment"], record["corpus"], trained.folder.resolve().name[:8]]
        plain = re.sub(r"[^\w.-]+", "_", "-".join(names))
        out = os.environ.get("OUT") or str(project_path(f"outputs/cards/{plain}"))
        folder = writing.write(trained, Path(out))
    except (ModelError, OSError, ValueError) as error:
        sys.exit(str(error))
    print(writing.derived(record["corpus"], trained.is_synthetic)[2])
    print(f"card: {folder}")


if __name__ == "__main__":
    main()
