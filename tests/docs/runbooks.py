"""Puts each alert's rule at the head of its runbook, and writes their index.

The rest of a runbook is written by hand. ``python -m tests.docs.runbooks`` writes; ``--check`` says
which are out of date, missing, or of no alert.
"""

import re
import sys
from pathlib import Path
from typing import Any, Final

from tests.deploy.alerts.cases import VALUES, alerts
from tests.deploy.chart import ROOT

FOLDER: Final = ROOT / "docs" / "runbooks"
_BEGIN: Final = "<!-- rule -->\n"
_END: Final = "<!-- /rule -->"
# The labels of one release stand for any.
_LABELS: Final = re.compile(r'namespace="[^"]*",app_kubernetes_io_name="[^"]*",[^,}]*"')
_INDEX: Final = """# Runbooks

One page for each alert of the [chart](../../deploy/helm/platestream/README.md): what it means,
where to look, what to do, and when it is no fault. The rules at their heads have the default
thresholds.

| alert | severity | says |
|---|---|---|
"""


def files() -> dict[Path, str]:
    """What the folder should hold.

    Raises:
        FileNotFoundError: If an alert has no runbook.
        ValueError: If a runbook lacks the marks of the rule.
    """
    rules = alerts(VALUES)
    wanted = {FOLDER / f"{name}.md": _with_rule(name, rule) for name, rule in rules.items()}
    rows = (
        (f"[{name}]({name}.md)", rule["labels"]["severity"], rule["annotations"]["summary"])
        for name, rule in rules.items()
    )
    table = "".join(f"| {' | '.join(row)} |\n" for row in rows)
    return {**wanted, FOLDER / "README.md": _INDEX + table}


def _with_rule(name: str, rule: dict[str, Any]) -> str:
    text = (FOLDER / f"{name}.md").read_text("utf-8")
    before, _, rest = text.partition(_BEGIN)
    _, mark, after = rest.partition(_END)
    if not mark:
        raise ValueError(f"{name}.md has no place for its rule")
    expression = _LABELS.sub("", rule["expr"]).replace("{}", "").replace("{,", "{").strip()
    wait = "" if rule["for"] in {"0m", "0s"} else f", for {rule['for']}"
    head = (
        f"{rule['annotations']['summary']} Severity {rule['labels']['severity']}{wait}:\n\n"
        f"```promql\n{expression}\n```\n"
    )
    return f"{before}{_BEGIN}{head}{_END}{after}"


def main(arguments: list[str]) -> int:
    """Write the pages, or say which are out of date."""
    wanted = files()
    stale = [path for path, text in wanted.items() if not _is(path, text)]
    strangers = [path for path in FOLDER.glob("*.md") if path not in wanted]
    for path in strangers:
        sys.stderr.write(f"{path.name}: there is no such alert\n")
    if "--check" in arguments:
        for path in stale:
            sys.stderr.write(f"{path.name}: out of date, run `make docs`\n")
        return 1 if stale or strangers else 0
    for path in stale:
        path.write_text(wanted[path], "utf-8")
    return 1 if strangers else 0


def _is(path: Path, text: str) -> bool:
    return path.is_file() and path.read_text("utf-8") == text


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
