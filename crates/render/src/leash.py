# Runs before Blender opens the file. It must not be able to fail: what a system lacks is left out.
# VeriFrame may be killed at any time; then this process must not live on.
import os
import sys


def _leash():
    parent = os.getppid()
    if sys.platform.startswith("linux"):
        import ctypes
        import signal

        PR_SET_PDEATHSIG = 1
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        try:
            # The first to go when the computer runs out of memory, before the programs of its owner.
            with open("/proc/self/oom_score_adj", "w") as file:
                file.write("900")
        except OSError:
            pass
    elif os.name == "posix":
        import threading
        import time

        def watch():
            while os.getppid() == parent:
                time.sleep(1)
            os._exit(1)

        threading.Thread(target=watch, daemon=True).start()
    if os.name == "posix":
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


try:
    _leash()
except Exception as error:
    print("leash:", error)
