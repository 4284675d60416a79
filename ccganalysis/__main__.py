"""The command `ccganalysis`: whatever it takes to load it, Ctrl-C ends it in one line."""

import signal
import sys
from types import FrameType


class Stopped(BaseException):
    """Ctrl-C, as an exception of our own: the command line's library would make "Aborted!" of Python's."""


def _stop(*_: int | FrameType | None) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a second one must not break into the clearing up
    raise Stopped


def main() -> None:
    """The console command."""
    signal.signal(signal.SIGINT, _stop)
    try:
        from .cli import main as command

        command()
    except Stopped:
        print("ccganalysis: stopped; what was there before is as it was.", file=sys.stderr)
        sys.exit(STOPPED)


STOPPED = 130

if __name__ == "__main__":
    main()
