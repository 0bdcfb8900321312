"""Exit codes of the command line, and the error that carries one."""

from enum import IntEnum


class ExitCode(IntEnum):
    """What the process's exit code says. Documented: scripts depend on it."""

    OK = 0
    SOME_FAILED = 1
    """The command ran through, but at least one picture, frame or check failed."""
    USAGE = 2
    """Wrong flags, wrong settings or an unusable input file: nothing was started."""
    FATAL = 3
    """The command could not go on: models, broker, disk or a defect of ours."""
    INTERRUPTED = 130
    """Stopped at once by a signal (130 for SIGINT, 143 for SIGTERM), as a shell reports it."""


class CliError(Exception):
    """Ends the command with one clear line on stderr.

    Args:
        message: What is wrong, for the person at the terminal. May hold several lines.
        code: The exit code.
    """

    def __init__(self, message: str, code: ExitCode = ExitCode.FATAL) -> None:
        super().__init__(message)
        self.message = message
        self.code = code
