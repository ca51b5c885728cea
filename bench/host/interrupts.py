"""^C and SIGTERM: they end a command where nothing is half done."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

SIGNALS = (signal.SIGINT, signal.SIGTERM)


def end_like_interrupt() -> None:
    """Let SIGTERM end a command as ^C does: the way out ends the machines."""

    def interrupt(number: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, interrupt)


@contextmanager
def put_off() -> Iterator[None]:
    """What comes meanwhile takes effect afterwards. For steps that belong together and are short."""
    if threading.current_thread() is not threading.main_thread():  # signals are not for it
        yield
        return
    came: list[int] = []
    handlers = {
        number: signal.signal(number, lambda number, frame: came.append(number))
        for number in SIGNALS
    }
    try:
        yield
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)
        for number in came[:1]:
            signal.raise_signal(number)
