"""Virtual time, and processes that can be killed or paused at any of their steps.

The loop runs one callback after the other and jumps to the next timer when none is ready: a day
takes as long as its work. Which of the ready callbacks comes next is drawn from the seed, so that
one seed gives one order of events, again and again, and another seed another.
"""

from __future__ import annotations

import asyncio
import contextvars
import heapq
from asyncio import events
from collections.abc import Callable, Coroutine, Generator
from contextlib import suppress
from contextvars import Context, ContextVar, copy_context
from functools import partial
from random import Random
from typing import Any, NoReturn, TypeVar, TypeVarTuple

import greenlet

T = TypeVar("T")
Ts = TypeVarTuple("Ts")
_CURRENT: ContextVar[SimProcess | None] = ContextVar("process", default=None)


class Killed(BaseException):
    """The process of the caller is no more; no `except Exception` may go on after it."""


class SimHandle:
    """One step to come, of one process or of the world around them: leaner than asyncio's own."""

    __slots__ = ("args", "callback", "context", "is_cancelled", "process")

    def __init__(
        self, callback: Callable[..., object], args: tuple[Any, ...], context: Context | None
    ) -> None:
        self.callback = callback
        self.args = args
        self.context = copy_context() if context is None else context
        self.process = self.context.get(_CURRENT)
        self.is_cancelled = False

    def cancel(self) -> None:
        self.is_cancelled = True

    def cancelled(self) -> bool:
        return self.is_cancelled


class _Pause:
    """What a coroutine awaits to sleep: half the steps of a future that a timer sets."""

    def __init__(self, loop: SimLoop, delay_s: float) -> None:
        self._loop = loop  # asyncio looks here whether it is its own
        self._delay_s = delay_s
        self._asyncio_future_blocking = True
        self._is_cancelled = False

    def __await__(self) -> Generator[_Pause, None, None]:
        yield self

    def add_done_callback(self, wake: Callable[[_Pause], object], *, context: Context) -> None:
        self._wake, self._context = wake, context
        self._timer = self._loop.call_later(self._delay_s, wake, self, context=context)

    def result(self) -> None:
        if self._is_cancelled:
            raise asyncio.CancelledError

    def cancel(self, msg: object = None) -> bool:
        del msg
        self._is_cancelled = True
        self._timer.cancel()
        self._loop.call_soon(self._wake, self, context=self._context)
        return True


class SimLoop(asyncio.BaseEventLoop):
    """Event loop in virtual seconds, which begin at 0.

    Parameters
    ----------
    rng : Random
        Decides the order of callbacks that are ready together.
    """

    def __init__(self, rng: Random) -> None:
        super().__init__()
        self._random = rng.random
        self._at_s = 0.0
        self._runnable: list[SimHandle] = []
        self._timers: list[tuple[float, float, int, SimHandle]] = []
        self._count = 0
        self.dead: set[str] = set()  # names of processes, whose errors nobody hears of
        self.problems: list[str] = []

    def time(self) -> float:
        return self._at_s

    def call_soon(  # type: ignore[override]
        self, callback: Callable[[*Ts], object], *args: *Ts, context: Context | None = None
    ) -> SimHandle:
        handle = SimHandle(callback, args, context)
        self._runnable.append(handle)
        return handle

    def call_later(  # type: ignore[override]
        self,
        delay: float,
        callback: Callable[[*Ts], object],
        *args: *Ts,
        context: Context | None = None,
    ) -> SimHandle:
        when = self._at_s + delay if delay > 0 else self._at_s
        return self.call_at(when, callback, *args, context=context)

    def call_at(  # type: ignore[override]
        self,
        when: float,
        callback: Callable[[*Ts], object],
        *args: *Ts,
        context: Context | None = None,
    ) -> SimHandle:
        timer = SimHandle(callback, args, context)
        self._count += 1
        heapq.heappush(self._timers, (when, self._random(), self._count, timer))
        return timer

    def pause(self, delay_s: float) -> _Pause:
        """Sleep, as `asyncio.sleep` does."""
        return _Pause(self, delay_s)

    def create_future(self) -> asyncio.Future[Any]:
        return asyncio.Future(loop=self)

    def create_task(
        self,
        coro: Any,
        *,
        name: object = None,
        context: Context | None = None,
    ) -> asyncio.Task[Any]:
        del name
        process = context.get(_CURRENT) if context is not None else _CURRENT.get()
        of = process.name if process else ""
        task: asyncio.Task[Any] = asyncio.Task(coro, loop=self, name=of, context=context)
        if process is not None:
            process.tasks.append(task)
        return task

    def run_in_executor(
        self, executor: Any, func: Callable[[*Ts], T], *args: *Ts
    ) -> asyncio.Future[T]:
        """Run at once: there are no threads here."""
        future: asyncio.Future[T] = self.create_future()
        try:
            future.set_result(func(*args))
        except Exception as error:
            future.set_exception(error)
        return future

    def get_debug(self) -> bool:
        return False

    def call_exception_handler(self, context: dict[str, Any]) -> None:
        error, future = context.get("exception"), context.get("future")
        name = future.get_name() if isinstance(future, asyncio.Task) else ""
        if not isinstance(error, Killed) and name not in self.dead:
            self.problems.append(f"{context.get('message')}: {error!r} {name}")

    def run_until(self, until_s: float) -> None:
        """Run all that happens up to a moment."""
        events._set_running_loop(self)
        runnable = self._runnable
        try:
            while runnable or self._next_timer(until_s):
                self._step(runnable.pop() if len(runnable) == 1 else self._pick())
        finally:
            events._set_running_loop(None)
        self._at_s = until_s

    def _next_timer(self, until_s: float) -> bool:
        """Jump to the next timer, if there is one by then."""
        if not self._timers or self._timers[0][0] > until_s:
            return False
        when, _, _, timer = heapq.heappop(self._timers)
        self._at_s = max(self._at_s, when)
        self._runnable.append(timer)
        return True

    def _pick(self) -> SimHandle:
        """Take one of several ready callbacks."""
        ready = self._runnable
        at = int(self._random() * len(ready))
        ready[at], ready[-1] = ready[-1], ready[at]
        return ready.pop()

    def _step(self, handle: SimHandle) -> None:
        process = handle.process
        if handle.is_cancelled or not (process is None or process.admits(handle)):
            return
        try:
            handle.context.run(handle.callback, *handle.args)
        except (SystemExit, KeyboardInterrupt):
            raise
        except BaseException as error:
            self.call_exception_handler({"message": f"{handle.callback}", "exception": error})


class SimProcess:
    """A process of the operating system, as far as the others can see.

    Attributes
    ----------
    is_alive, is_paused : bool
    wall_offset_ms : int
        How wrong its wall clock is.
    fuse : int or None
        Steps until it is killed.
    """

    def __init__(self, loop: SimLoop, name: str) -> None:
        self.loop = loop
        self.name = name
        self.is_alive = True
        self.is_paused = False
        self.wall_offset_ms = 0
        self.fuse: int | None = None
        self.on_death: list[Callable[[], None]] = []
        self.on_resume: list[Callable[[], None]] = []
        self.tasks: list[asyncio.Task[Any]] = []
        self.context = copy_context()
        self.context.run(_CURRENT.set, self)
        self._waiting: list[SimHandle] = []
        self._thread: greenlet.greenlet | None = None
        self._wait = 0

    def admits(self, handle: SimHandle) -> bool:
        """Tell whether a step may run; a pause keeps it for later, death drops it."""
        if not self.is_alive:
            return False
        if self.is_paused:
            self._waiting.append(handle)
            return False
        if self.fuse is not None:
            self.fuse -= 1
            if self.fuse <= 0:
                self.kill()
                return False
        return True

    def start(self, work: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        """Run a coroutine as a part of the process."""
        return self.loop.create_task(work, context=self.context.copy())

    def kill(self) -> None:
        """End it without any clean-up."""
        if not self.is_alive:
            return
        self.is_alive = False
        self.loop.dead.add(self.name)
        self._waiting.clear()
        for task in self.tasks:
            task._log_destroy_pending = False  # type: ignore[attr-defined]
        if self._thread is not None and self._thread is not greenlet.getcurrent():
            self._thread.throw(Killed)
        for announce in self.on_death:
            announce()

    def discard(self) -> None:
        """Let go of what a dead process left unfinished."""
        for task in self.tasks:
            coroutine = task.get_coro()
            with suppress(RuntimeError, Killed):  # what it would still do on its way out
                if coroutine is not None:
                    coroutine.close()
        self.tasks.clear()

    def end(self, reason: str) -> NoReturn:
        """End itself, as `os._exit` does."""
        self.last_words = reason
        self.kill()
        raise Killed(reason)

    def check(self) -> None:
        """Raise Killed where a dead process would go on."""
        if not self.is_alive:
            raise Killed

    def pause(self) -> None:
        """Stop it where it stands."""
        self.is_paused = True

    def resume(self) -> None:
        """Let it go on as if nothing had been."""
        self.is_paused = False
        waiting, self._waiting = self._waiting, []
        if self.is_alive:
            self.loop._runnable += waiting
        announcing, self.on_resume = self.on_resume, []
        for announce in announcing:
            announce()

    def start_blocking(self, work: Callable[[], object]) -> None:
        """Run code that blocks its thread; what it waits for is `block`."""

        def run() -> None:
            try:
                work()
            except Killed:
                pass
            except Exception as error:
                self.last_words = repr(error)
            if self.is_alive:
                self._thread = None
                self.kill()

        self._thread = greenlet.greenlet(run)
        self.loop.call_soon(self._go_on, self._wait, context=self.context)

    def block(
        self, delay_s: float, wakers: Callable[[Callable[[], None]], None] | None = None
    ) -> None:
        """Wait in blocking code; raises Killed where the process dies meanwhile.

        `wakers` is given a function that ends the wait early.
        """
        self.check()
        self._wait += 1
        go_on = partial(self._go_on, self._wait)
        self.loop.call_later(delay_s, go_on, context=self.context)
        if wakers is not None:
            wakers(lambda: self._wake(go_on))
        hub = greenlet.getcurrent().parent
        assert hub is not None
        hub.switch()
        self.check()

    def _wake(self, go_on: Callable[[], None]) -> None:
        self.loop.call_soon(go_on, context=self.context)

    def _go_on(self, wait: int) -> None:
        if self._thread is not None and wait == self._wait:
            self._wait += 1
            self._thread.switch()

    last_words = ""


def empty_context() -> Context:
    """Give a context without a process: of the world around them."""
    return contextvars.Context()
