"""``python -m platestream.cli``: the command where its script is not on the path."""

from platestream.cli.app import main

main()
