"""No worker outlives the application."""

import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import psutil
import pytest

APPLICATION = """
import asyncio
from pathlib import Path
from tests.engine.hosting.stage import Stage, a_bar

LOOP = '''
import signal
class Loop(Strategy):
    def on_start(self):
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    def on_bar(self, bar):
        while True:
            pass
'''

async def main():
    stage = Stage(Path({folder!r}))
    await stage.run(LOOP, "loop")
    await stage.play(a_bar(1), timeout_s=0.2)
    print(stage.supervisor.status("loop").pid, flush=True)
    await asyncio.sleep(600)

asyncio.run(main())
"""


@pytest.mark.scenario
def test_a_spinning_worker_dies_with_a_killed_application(tmp_path: Path, root: Path) -> None:
    code = textwrap.dedent(APPLICATION).format(folder=str(tmp_path))
    with subprocess.Popen([sys.executable, "-c", code], cwd=root, stdout=subprocess.PIPE, text=True) as application:
        assert application.stdout is not None
        worker = psutil.Process(int(application.stdout.readline()))
        server = psutil.Process(worker.ppid())
        assert server.ppid() == application.pid
        application.send_signal(signal.SIGKILL)
    gone, alive = psutil.wait_procs([worker, server], timeout=20)
    assert alive == []
    assert len(gone) == 2
