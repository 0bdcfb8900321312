"""The body of ``platestream token``."""

import sys

from platestream.cli.exits import ExitCode


def print_token() -> ExitCode:
    """Print a new random token and its line for the credentials file."""
    from platestream.web.credentials import new_token

    token, digest = new_token()
    # The token is for its user and is stored nowhere; the hash is what the file holds.
    sys.stdout.write(f"token: {token}\nhash:  {digest}\n")
    return ExitCode.OK
