"""Warm kernels: every notebook still gets a fresh kernel of its own, forked from one process with the imports done.

A cold kernel spends two seconds importing what the last one imported. Here one server process imports ipykernel and
what `PRELOAD` names, and forks itself for each kernel asked for. Jupyter's clients (papermill, nbclient, nbval,
JupyterLab) reach it through a kernel provisioner, under the kernel name `ccganalysis`, which installing the package
installs. Where processes cannot be forked they get an ordinary kernel.

Nothing here knows what the kernels are for: `NAME`, `ADDRESS` and `PRELOAD` are all that ties this module to its
package. It needs jupyter_client, ipykernel and two constants of `workers`.

What a fork must not share is dealt with here: the server has one thread when it forks (native thread pools are
capped before anything is imported), opens no zmq context, event loop or window; a child gets its own process group,
environment, working directory, standard streams and random state. A kernel whose client is gone is killed by the
server, and the server ends with the process that started it, so nothing is left behind by kill -9.
"""

from __future__ import annotations

import asyncio
import atexit
import contextlib
import functools
import gc
import importlib
import json
import os
import select
import selectors
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from queue import Empty
from typing import Any

from jupyter_client.asynchronous.client import AsyncKernelClient
from jupyter_client.provisioning.local_provisioner import LocalProvisioner

from . import scratch
from .workers import FORKS, ONE_THREAD

NAME = "ccganalysis"
ADDRESS = "CCGANALYSIS_KERNELS"
"""Environment variable with the socket of a server to share; without it each process starts its own at first need."""

PRELOAD = "ccganalysis.runs.warm"
"""The module whose import loads what every kernel has."""

LATE_IMPORTS = ("ipykernel.kernelapp", "ipykernel.debugger", "zmq.utils.garbage")
"""What a kernel otherwise imports when it starts. Not the inline backend of matplotlib: at its import it ties itself to
the kernel, so each kernel imports its own."""

INLINE = "module://matplotlib_inline.backend_inline"

_NUMBER = struct.Struct("!i")


class KernelServer:
    """The process kernels are forked from, started at once and ready when its imports are done; ends with `close`."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="kernels-", dir=scratch.folder()))
        self.address = str(self.folder / "server")
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(self.address)
            listener.listen(256)
            self.process = subprocess.Popen(
                [sys.executable, "-P", "-m", __name__, str(listener.fileno())],
                stdin=subprocess.PIPE,
                pass_fds=[listener.fileno()],
                env={**os.environ, **ONE_THREAD, "MPLBACKEND": INLINE, "PYDEVD_DISABLE_FILE_VALIDATION": "1"},
                start_new_session=True,
            )

    def close(self) -> None:
        assert self.process.stdin is not None  # a pipe was asked for
        self.process.stdin.close()
        self.process.wait()

    def __enter__(self) -> KernelServer:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


@functools.cache
def name() -> str:
    """The kernel to ask for: the warm one, or the ordinary one where there is no fork or no such kernel installed."""
    from jupyter_client.kernelspec import KernelSpecManager

    return NAME if FORKS and NAME in KernelSpecManager().find_kernel_specs() else "python3"


@contextlib.contextmanager
def shared() -> Iterator[dict[str, str]]:
    """One server for all the processes of a run; yields what to add to their environment for them to find it."""
    if name() != NAME:
        print("Ordinary kernels: this system or installation has no warm ones, so a run takes longer.", file=sys.stderr)
        yield {}
    elif address := os.environ.get(ADDRESS):
        yield {ADDRESS: address}
    else:
        with KernelServer() as server:
            yield {ADDRESS: server.address}


@functools.cache
def _own_server(process_id: int) -> KernelServer:
    """The server of a process that was given none; `process_id` keeps a fork from taking its parent's for its own."""
    server = KernelServer()
    atexit.register(lambda: server.close() if os.getpid() == process_id else None)
    return server


class WarmProvisioner(LocalProvisioner):
    """Starts a kernel as a fork of the server, on Unix sockets; as an ordinary process where there is no fork."""

    async def pre_launch(self, **options: Any) -> dict[str, Any]:
        manager = self.parent
        if not FORKS:
            self.log.warning("Ordinary kernel: this system cannot fork a loaded one.")
        elif manager is not None and manager.transport == "tcp" and not manager.shell_port:
            manager.transport = "ipc"
            manager.ip = str(Path(self._address()).parent / self.kernel_id[:13])
        if FORKS and manager is not None and getattr(manager, "client_factory", None) is AsyncKernelClient:
            manager.client_factory = PromptClient
        return await super().pre_launch(**options)

    async def launch_kernel(self, cmd: list[str], **options: Any) -> Any:
        if FORKS and cmd[0] == sys.executable and cmd[1:3] == ["-m", "ipykernel_launcher"]:
            try:
                kernel = ForkedKernel(self._address(), cmd[3:], options)
            except OSError as error:
                self.log.warning("Ordinary kernel: the server of warm ones does not answer (%s).", error)
            else:
                self.process = kernel  # type: ignore[assignment]  # has what is used of Popen
                self.pid = kernel.pid
                self.cwd = options.get("cwd") or Path.cwd()
                await self._listening()
                return self.connection_info
        return await super().launch_kernel(cmd, **options)

    async def send_signal(self, signum: int) -> None:
        # Managers interrupt a kernel before they shut it down, and it would complain of that on the terminal.
        if not (signum == signal.SIGINT and getattr(self.parent, "shutting_down", False)):
            await super().send_signal(signum)

    async def kill(self, restart: bool = False) -> None:
        await super().kill(restart)
        # Managers look ten times a second whether a kernel has gone; a fork has, in a few milliseconds.
        give_up = time.monotonic() + 1
        while self.process and self.process.poll() is None and time.monotonic() < give_up:
            await asyncio.sleep(0.002)

    async def _listening(self) -> None:
        """Wait for the kernel's sockets: zmq tries a connection that was refused again only after 100 ms."""
        info = self.connection_info
        ports = [number for name, number in info.items() if name.endswith("_port")]
        sockets = [Path(f"{info['ip']}-{number}") for number in ports if info["transport"] == "ipc"]
        give_up = time.monotonic() + 1
        while not all(path.exists() for path in sockets) and time.monotonic() < give_up:
            await asyncio.sleep(0.002)

    def _address(self) -> str:
        return os.environ.get(ADDRESS) or _own_server(os.getpid()).address


class PromptClient(AsyncKernelClient):
    """A client that is ready as soon as the kernel's answers are heard on both channels.

    Jupyter's own then waits until 0.2 s pass in silence, in case some message is still under way; clients pass over
    messages that do not answer theirs, so nothing is lost without it.
    """

    async def wait_for_ready(self, timeout: float | None = None) -> None:
        """Raises `RuntimeError` where the kernel dies, or has not answered after `timeout` seconds."""
        give_up = time.monotonic() + (timeout or float("inf"))
        asked: set[str] = set()
        while True:
            asked.add(self.kernel_info())
            with contextlib.suppress(Empty):
                reply = await _answer(self.shell_channel, asked, 1, "kernel_info_reply")
                # Heard here, the kernel is heard from now on; a message sent before this channel was open is lost.
                await _answer(self.iopub_channel, asked, 0.2, "status")
                self._handle_kernel_info_reply(reply)
                return
            if not await self.is_alive():
                raise RuntimeError("The kernel died before it was ready.")
            if time.monotonic() > give_up:
                raise RuntimeError(f"The kernel did not answer in {timeout} seconds.")


async def _answer(channel: Any, asked: set[str], seconds: float, kind: str) -> dict[str, Any]:
    """The next message of a kind that answers one of the questions `asked`; raises `Empty` after so many seconds."""
    give_up = time.monotonic() + seconds
    while True:
        message: dict[str, Any] = await channel.get_msg(timeout=max(0.0, give_up - time.monotonic()))
        if message["msg_type"] == kind and message["parent_header"].get("msg_id") in asked:
            return message


class ForkedKernel:
    """A kernel of the server's, with the part of `subprocess.Popen` that provisioners use.

    The connection it was asked for over stays open: signals go out on it, the exit code comes back, and its closing
    tells the server that the client is gone.
    """

    stdin = stdout = stderr = None

    def __init__(self, address: str, arguments: list[str], options: dict[str, Any]) -> None:
        self.returncode: int | None = None
        self.connection = socket.socket(socket.AF_UNIX)
        request = {
            "arguments": arguments,
            "environment": dict(options.get("env") or os.environ),
            "folder": str(options.get("cwd") or os.getcwd()),
        }
        content = json.dumps(request).encode()
        with open(os.devnull, "rb") as nothing:
            streams = [nothing.fileno(), _descriptor(options.get("stdout"), 1), _descriptor(options.get("stderr"), 2)]
            try:
                self.connection.connect(address)
                socket.send_fds(self.connection, [_NUMBER.pack(len(content))], streams)
                self.connection.sendall(content)
                self.pid = _receive_number(self.connection)
            except OSError:
                self.connection.close()
                raise

    def poll(self) -> int | None:
        if self.returncode is None and select.select([self.connection], [], [], 0)[0]:
            return self.wait()
        return self.returncode

    def wait(self) -> int:
        if self.returncode is None:
            try:
                self.returncode = _receive_number(self.connection)
            except OSError:  # the server died, and its kernels with it
                self.returncode = -signal.SIGKILL
            self.connection.close()
        return self.returncode

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            with contextlib.suppress(OSError):
                self.connection.sendall(_NUMBER.pack(number))

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)


def _descriptor(stream: Any, default: int) -> int:
    return stream.fileno() if hasattr(stream, "fileno") else default


def _receive_number(connection: socket.socket) -> int:
    content = connection.recv(_NUMBER.size, socket.MSG_WAITALL)
    if len(content) < _NUMBER.size:
        raise ConnectionResetError("the connection was closed")
    return int(_NUMBER.unpack(content)[0])


def serve(listener: socket.socket) -> None:
    """The server's life: load, then fork a kernel for each request, until the process that started it is gone."""
    load()
    gc.collect()
    gc.freeze()  # what is loaded stays shared: the collector of a fork does not write to it
    selector = selectors.DefaultSelector()
    kernels: dict[int, socket.socket] = {}
    ended, woken = socket.socketpair()
    for end in (ended, woken):
        end.setblocking(False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(woken.fileno(), warn_on_full_buffer=False)
    for watched in (sys.stdin, listener, ended):
        selector.register(watched, selectors.EVENT_READ)
    while True:
        for key, _ in selector.select():
            if key.fileobj is sys.stdin:
                for pid in kernels:
                    _signal_group(pid, signal.SIGKILL)
                shutil.rmtree(Path(listener.getsockname()).parent, ignore_errors=True)
                os._exit(0)
            elif key.fileobj is listener:
                connection = listener.accept()[0]
                forked = _fork_kernel(connection, [selector, listener, ended, woken, *kernels.values()])
                if forked:
                    kernels[forked] = connection
                    selector.register(connection, selectors.EVENT_READ, forked)
            elif key.fileobj is ended:
                ended.recv(4096)
                for pid, code in _reaped():
                    connection = kernels.pop(pid)
                    with contextlib.suppress(KeyError):
                        selector.unregister(connection)
                    with contextlib.suppress(OSError):
                        connection.sendall(_NUMBER.pack(code))
                    connection.close()
            elif key.data in kernels:
                try:
                    number = _receive_number(kernels[key.data])
                except OSError:  # the client is gone
                    number = signal.SIGKILL
                    selector.unregister(key.fileobj)
                _signal_group(key.data, number)


def load() -> None:
    """Import what the kernels import."""
    for name in (PRELOAD, *LATE_IMPORTS):
        importlib.import_module(name)


def _reaped() -> list[tuple[int, int]]:
    found = []
    with contextlib.suppress(ChildProcessError):
        while True:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if not pid:
                break
            found.append((pid, os.waitstatus_to_exitcode(status)))
    return found


def _signal_group(pid: int, number: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(pid, number)


def _fork_kernel(connection: socket.socket, inherited: list[Any]) -> int | None:
    """Read a request and fork a kernel for it; returns its process id, or None where the client had gone."""
    try:
        header, streams, *_ = socket.recv_fds(connection, _NUMBER.size, 3)
        content = connection.recv(_NUMBER.unpack(header)[0], socket.MSG_WAITALL)
        request = json.loads(content)
    except (OSError, ValueError, struct.error):
        connection.close()
        return None
    pid = os.fork()
    if not pid:
        try:
            os.setpgid(0, 0)
            for held in (connection, *inherited):
                held.close()
            _become_kernel(request, streams)
        finally:
            os._exit(1)
    # Parent and child both set the group, so that it is set whoever comes first.
    with contextlib.suppress(OSError):
        os.setpgid(pid, pid)
    for stream in streams:
        os.close(stream)
    with contextlib.suppress(OSError):
        connection.sendall(_NUMBER.pack(pid))
    return pid


def _become_kernel(request: dict[str, Any], streams: list[int]) -> None:
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
        os.close(stream)
    os.environ.clear()
    os.environ.update(request["environment"])
    os.chdir(request["folder"])
    sys.argv = ["ipykernel_launcher", *request["arguments"]]

    if numpy := sys.modules.get("numpy"):
        numpy.random.seed()  # the global generator was copied by the fork; Python's own reseeds itself

    from ipykernel.kernelapp import IPKernelApp

    # 1 means: some parent is there, so print no instructions; the server, not a poller, ends orphans.
    kernel = IPKernelApp.instance(parent_handle=1)
    kernel.initialize(request["arguments"])
    kernel.start()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)


if __name__ == "__main__":
    serve(socket.socket(fileno=int(sys.argv[1])))
