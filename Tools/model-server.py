#!/usr/bin/env python3
"""The embedded model server: llama.cpp's own OpenAI-compatible server on loopback, as a child of `sluice up`.

    model-server.py GGUF PORT

Prints "listening http://127.0.0.1:PORT" when it answers. It ends on SIGTERM and SIGINT, and with its parent.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1
CONTEXT_TOKENS_PER_SLOT = 2048
SLOTS = 2


def end_with_parent(parent: int) -> None:
    """Ends this process when its parent has ended.

    The kernel's signal comes when the parent's *thread* that started us ends, which a pool of threads may do at any time: so the
    handler looks whether the process has gone, too.
    """

    def look(*_: object) -> None:
        if os.getppid() != parent:
            os._exit(0)

    signal.signal(signal.SIGUSR1, look)
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(PR_SET_PDEATHSIG, signal.SIGUSR1, 0, 0, 0) != 0:
        sys.exit(f"model-server: prctl failed: {os.strerror(ctypes.get_errno())}")
    look()  # it may have ended before we asked


def end(*_: object) -> None:
    # The server's native threads may be in the middle of a token: nothing here is worth saving, so leave at once.
    os._exit(0)


def main() -> None:
    if len(sys.argv) != 3:
        sys.exit("usage: model-server.py GGUF PORT")
    model, port = sys.argv[1], int(sys.argv[2])
    if not os.path.isfile(model):
        sys.exit(f"model-server: no model file at {model}")
    end_with_parent(os.getppid())
    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, end)

    import xllamacpp  # after the signals: loading takes a moment

    parameters = xllamacpp.CommonParams()
    parameters.model.path = model
    parameters.model_alias = {"smollm2-135m-instruct"}  # else the answers name the file's path
    parameters.endpoint_slots = False
    parameters.cache_ram_mib = 64
    parameters.hostnames = ["127.0.0.1"]
    parameters.port = port
    parameters.n_ctx = CONTEXT_TOKENS_PER_SLOT * SLOTS
    parameters.n_parallel = SLOTS
    # One thread: two spin against each other on a busy two-core machine and run ten times slower.
    parameters.cpuparams.n_threads = 1
    parameters.cpuparams_batch.n_threads = 1
    server = xllamacpp.Server(parameters)
    print("listening", server.listening_address, flush=True)
    while True:
        signal.pause()


if __name__ == "__main__":
    main()
