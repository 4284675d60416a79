"""Warm kernels are fresh kernels: nothing shared, nothing left behind, and the same outputs as cold ones."""

import ast
import asyncio
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from queue import Empty
from types import SimpleNamespace

import psutil
import pytest
from jupyter_client import KernelManager
from tiny_project import FIGURE, RESULTS, project, server, write_notebook  # noqa: F401

from ccganalysis import notebooks
from ccganalysis.runs import kernels, scratch

pytestmark = pytest.mark.skipif(not kernels.FORKS, reason="kernels are forked on Linux only")


class Kernel:
    """A kernel and its client, as papermill and nbval have them."""

    def __enter__(self):
        self.manager = KernelManager(kernel_name=kernels.NAME)
        self.manager.start_kernel(extra_arguments=["--HistoryManager.hist_file=:memory:"])
        self.client = self.manager.client()
        self.client.start_channels()
        self.client.wait_for_ready(timeout=300)
        return self

    def __exit__(self, *_):
        self.client.stop_channels()
        self.manager.shutdown_kernel(now=True)

    def run(self, code, on_output=lambda: None):
        """What the code prints, or the name of its exception; `on_output` is called with each."""
        printed = []

        def keep(message):
            content = message["content"]
            printed.append(content.get("text") or content.get("ename") or "")
            if content.get("text"):
                on_output()

        self.client.execute_interactive(code, allow_stdin=False, output_hook=keep, timeout=300)
        return "".join(printed).strip()

    @property
    def pid(self):
        return self.manager.provisioner.process.pid


@pytest.fixture
def warm(server, monkeypatch):  # noqa: F811
    monkeypatch.setenv(kernels.ADDRESS, server.address)
    with Kernel() as first:  # the server is loaded once this one is there
        first.run("1")
    return psutil.Process(server.process.pid)


def gone(pid, seconds=300):
    give_up = time.monotonic() + seconds
    while psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE:
        if time.monotonic() > give_up:
            return False
        time.sleep(0.02)
    return True


def until(condition):
    """Wait for an event; that it never comes ends the test, and not that the machine is busy."""
    give_up = time.monotonic() + 300
    while not condition():
        assert time.monotonic() < give_up
        time.sleep(0.02)


def test_kernels_know_nothing_of_what_they_are_for():
    """So that they could be a package of their own."""
    for module, allowed in (("kernels", {None, "workers"}), ("workers", set()), ("scratch", {"data.staging"})):
        tree = ast.parse((Path(kernels.__file__).parent / f"{module}.py").read_text(encoding="utf-8"))
        assert {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.level} == allowed


def test_the_server_forks_with_one_thread(warm):
    assert warm.num_threads() == 1


def test_kernels_share_no_state(warm):
    with Kernel() as one, Kernel() as other:
        assert one.pid != other.pid and psutil.Process(one.pid).ppid() == warm.pid
        one.run("import pandas, os; pandas.left_behind = 1; os.environ['LEFT'] = '1'; os.chdir('/')")
        assert (
            other.run("import pandas, os; print(hasattr(pandas, 'left_behind'), 'LEFT' in os.environ)") == "False False"
        )
        assert other.run("print(os.getcwd())") == os.getcwd()
        drawn = {
            kernel.run("import numpy, random; print(numpy.random.rand(), random.random())") for kernel in (one, other)
        }
        assert len(drawn) == 2


def test_a_kernel_can_be_interrupted_and_restarted(warm):
    with Kernel() as kernel:
        asleep = "import time; print('asleep', flush=True); time.sleep(600)"
        assert kernel.run(asleep, kernel.manager.interrupt_kernel).split() == ["asleep", "KeyboardInterrupt"]
        kernel.run("x = 1")
        kernel.manager.restart_kernel(now=True)
        kernel.client.wait_for_ready(timeout=300)
        assert kernel.run("print(x)") == "NameError"


def test_its_exit_code_is_the_kernels(warm):
    with Kernel() as kernel:
        kernel.client.execute("import os; os._exit(7)")
        give_up = time.monotonic() + 300
        while kernel.manager.is_alive() and time.monotonic() < give_up:
            time.sleep(0.02)
        assert kernel.manager.provisioner.process.poll() == 7


def test_reports_in_a_row_share_nothing_and_leave_nothing_behind(warm, tmp_path, every):
    """Two hundred in CI. Every kernel finds pandas as it was loaded, draws other random numbers, and says all that it printed."""
    source, target = tmp_path / "report.ipynb", tmp_path / "executed.ipynb"
    code = (
        "import numpy, pandas, random\n"
        "assert not hasattr(pandas, 'left_behind')\n"
        "pandas.left_behind = True\n"
        "print(numpy.random.rand(), random.random())"
    )
    write_notebook(source, code, name="02_running_costs")
    # A kernel of another test, whose client was killed, may still be ending, and its sockets stay.
    until(lambda: warm.children() == [])
    folder = Path(os.environ[kernels.ADDRESS]).parent
    before, files, drawn = warm.num_fds(), set(folder.iterdir()), set()
    in_a_row = 200 if every else 50
    for _ in range(in_a_row):
        assert notebooks.execute(source, target, {}, timeout_seconds=60, kernel=kernels.NAME) is None
        drawn.update(notebooks.read(target).cells[-1].outputs[0].text.split())
    assert len(drawn) == 2 * in_a_row
    until(lambda: warm.children() == [] and warm.num_fds() == before)
    assert warm.num_threads() == 1 and set(folder.iterdir()) <= files


def test_what_a_killed_process_left_is_cleared_by_the_next_and_nothing_else(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(scratch, "LONGEST", 200)
    script = (
        "import sys, tempfile, time; tempfile.tempdir = sys.argv[1]\n"
        "from ccganalysis.runs import scratch; scratch.LONGEST = 200; scratch.use(); tempfile.mkstemp(); print(scratch.folder(), flush=True)\n"
        "time.sleep(100)"
    )
    alive, dead = (
        subprocess.Popen([sys.executable, "-c", script, str(tmp_path)], stdout=subprocess.PIPE, text=True) for _ in "12"
    )
    try:
        kept, cleared = (Path(process.stdout.readline().strip()) for process in (alive, dead))
        (strange := tmp_path / f"{scratch.PREFIX}not-ours").mkdir()
        (other := tmp_path / "pymp-other").mkdir()
        assert len(list(cleared.iterdir())) == 2
        dead.kill()
        dead.wait()
        scratch.clear_dead()
        assert not cleared.exists() and kept.exists() and strange.exists() and other.exists()
    finally:
        for process in (alive, dead):
            process.kill()
            process.wait()


def test_a_process_that_ends_well_leaves_nothing(tmp_path):
    script = "import tempfile; from ccganalysis.runs import scratch; scratch.LONGEST = 200; scratch.use(); tempfile.mkdtemp()"
    subprocess.run([sys.executable, "-c", script], check=True, env=os.environ | {"TMPDIR": str(tmp_path)})
    assert list(tmp_path.iterdir()) == []


def test_sockets_are_in_the_temporary_folder_unless_its_path_is_too_long(tmp_path):
    script = "from ccganalysis.runs import kernels, scratch; print(kernels.KernelServer().address, scratch.folder())"
    (short := Path(tempfile.mkdtemp())).joinpath("x").mkdir()
    (long := tmp_path / ("t" * 60)).mkdir()
    for folder, expected in ((short / "x", short / "x"), (long, Path("/tmp"))):
        environment = os.environ | {"TMPDIR": str(folder)}
        command = [sys.executable, "-c", script]
        address, own = subprocess.run(
            command, capture_output=True, text=True, check=True, env=environment
        ).stdout.split()
        assert Path(own).parent == expected and Path(address).parents[1] == Path(own)
    shutil.rmtree(short)


ORPHAN = """
import os, signal, sys
sys.path.insert(0, {tests!r})
from test_kernels import Kernel
with Kernel() as kernel:
    print(kernel.pid, kernel.manager.provisioner.process.connection.getpeername(), flush=True)
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_kernels_end_with_their_client_and_the_server_with_its_owner(warm):
    script = ORPHAN.format(tests=str(Path(__file__).parent))
    shared = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=300)
    assert shared.returncode == -signal.SIGKILL and gone(int(shared.stdout.split()[0])), shared.stderr
    alone = {name: value for name, value in os.environ.items() if name != kernels.ADDRESS}
    owned = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=300, env=alone)
    pid, address = owned.stdout.split()
    assert gone(int(pid)), owned.stderr
    give_up = time.monotonic() + 300
    while Path(address).parent.exists() and time.monotonic() < give_up:
        time.sleep(0.05)
    assert not Path(address).parent.exists()


def test_without_a_server_the_kernel_is_an_ordinary_one(monkeypatch, tmp_path, caplog):
    monkeypatch.setenv(kernels.ADDRESS, str(tmp_path / "nobody"))
    with Kernel() as kernel:
        assert isinstance(kernel.manager.provisioner.process, subprocess.Popen)
        assert kernel.run("print(6 * 7)") == "42"


def test_where_there_is_no_fork_kernels_are_ordinary_and_it_is_said(monkeypatch, capsys, caplog):
    monkeypatch.setattr(kernels, "FORKS", False)
    kernels.name.cache_clear()
    try:
        with kernels.shared() as environment:
            assert environment == {} and kernels.name() == "python3"
    finally:
        kernels.name.cache_clear()
    assert "Ordinary kernels" in capsys.readouterr().err
    with Kernel() as kernel:
        assert isinstance(kernel.manager.provisioner.process, subprocess.Popen)
        assert kernel.run("print(6 * 7)") == "42"
    assert "cannot fork" in caplog.text


def test_arithmetic_starts_no_threads(warm):
    threads = "import numpy, psutil; before = psutil.Process().num_threads(); "
    product = "numpy.ones((700, 700)) @ numpy.ones((700, 700)); print(psutil.Process().num_threads() - before)"
    with Kernel() as kernel:
        assert kernel.run(threads + product) == "0"


def test_outputs_are_those_of_a_cold_kernel(project):  # noqa: F811
    source = project / "notebooks" / "02_running_costs.ipynb"
    wide = "import pandas as pd\npd.DataFrame({f'c{n}': [n] for n in range(40)})"
    write_notebook(source, wide, FIGURE, RESULTS, "import matplotlib.pyplot as plt\nplt.plot([1, 2]);")
    executed = {}
    for kernel in ("python3", kernels.NAME):
        target = project / f"{kernel}.ipynb"
        assert notebooks.execute(source, target, {}, kernel=kernel) is None
        executed[kernel] = notebooks.canonical(notebooks.read(target))
    assert executed["python3"] == executed[kernels.NAME]


def test_a_fault_of_the_users_shows_its_message_alone(project):  # noqa: F811
    source, target = project / "notebooks" / "01_ingest.ipynb", project / "executed.ipynb"
    assert "2016-04-01" in notebooks.execute(source, target, {"as_at": "2016-04-01"}, kernel=kernels.NAME)
    (shown,) = (
        output for cell in notebooks.read(target).cells for output in cell.get("outputs", []) if "ename" in output
    )
    (line,) = shown.traceback
    assert line.startswith("InputError: Unknown as_at '2016-04-01'") and "File" not in line and "\n" not in line


def test_plain_papermill_can_use_them(project, tmp_path):  # noqa: F811
    target = tmp_path / "out.ipynb"
    command = [sys.executable, "-m", "papermill", "--no-progress-bar", "-k", kernels.NAME, "-r", "area", "QOP"]
    source = project / "notebooks" / "area_report.ipynb"
    done = subprocess.run([*command, str(source), str(target)], capture_output=True, text=True, timeout=300)
    assert done.returncode == 0 and "WARNING" not in done.stderr, done.stderr
    assert "Report on QOP" in target.read_text(encoding="utf-8")


class Channel:
    """A channel whose messages are there, or are not: `None` is silence."""

    def __init__(self, *messages):
        self.messages = list(messages)

    async def get_msg(self, timeout):
        message = self.messages.pop(0) if self.messages else None
        if message is None:
            raise Empty
        return {"msg_type": message[0], "parent_header": {"msg_id": message[1]}}


def ready(shell, iopub, alive=True, timeout=30):
    """Let a prompt client wait on these channels; returns how often it asked the kernel."""
    asked = []

    async def is_alive():
        return alive

    client = SimpleNamespace(
        shell_channel=shell,
        iopub_channel=iopub,
        kernel_info=lambda: asked.append(None) or len(asked),
        is_alive=is_alive,
        _handle_kernel_info_reply=lambda message: None,
    )
    asyncio.run(kernels.PromptClient.wait_for_ready(client, timeout=timeout))
    return len(asked)


def test_a_prompt_client_asks_again_until_it_hears_the_kernel_on_both_channels():
    reply, status = ("kernel_info_reply", 1), ("status", 1)
    assert ready(Channel(reply), Channel(("status", None), status)) == 1, "the status of starting answers nobody"
    assert ready(Channel(None, reply), Channel(status)) == 2, "a kernel that takes long to start"
    again = Channel(reply, ("kernel_info_reply", 2))
    assert ready(again, Channel(None, ("status", 2))) == 2, "what was said before the channel was open is lost"
    assert ready(Channel(("kernel_info_reply", "another's"), None, reply), Channel(status)) == 2


def test_a_prompt_client_gives_up_on_a_dead_or_silent_kernel():
    with pytest.raises(RuntimeError, match="died before it was ready"):
        ready(Channel(), Channel(), alive=False)
    with pytest.raises(RuntimeError, match="did not answer in 0.01 seconds"):
        ready(Channel(), Channel(), timeout=0.01)
