"""^C, SIGTERM and SIGHUP: they end a command where nothing is half done."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def end_like_interrupt() -> None:
    """Let all of them end a command as ^C does: the way out ends machines and removes what is half
    written. One that comes on this way does nothing: make sends its child a second SIGTERM. Those that
    are ignored, as SIGHUP under nohup, stay so."""

    def interrupt(number: int, frame: FrameType | None) -> None:
        for each in SIGNALS:
            signal.signal(each, signal.SIG_IGN)
        raise KeyboardInterrupt

    for number in SIGNALS:
        if signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, interrupt)


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
        for each in came:  # the first may be one that is ignored
            signal.raise_signal(each)
