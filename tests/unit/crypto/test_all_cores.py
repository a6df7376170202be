"""Calls shared out among the cores: each is made once, and none is running when the caller goes on."""

from __future__ import annotations

import os
import threading
import time
from collections import Counter

import pytest

from veriwatt.crypto.all_cores import WORTH_SHARING, on_all_cores


@pytest.mark.parametrize("count", [0, 1, WORTH_SHARING - 1, WORTH_SHARING, 1000])
def test_each_item_is_worked_on_once(count: int) -> None:
    done = Counter[int]()
    guard = threading.Lock()

    def work(item: int) -> None:
        with guard:
            done[item] += 1

    on_all_cores(work, range(count))
    assert done == Counter(range(count))


def test_nothing_is_running_any_more_once_it_returned() -> None:
    running = set[int]()

    def work(item: int) -> None:
        running.add(item)
        time.sleep(0.001)
        running.remove(item)

    for _ in range(20):
        on_all_cores(work, range(2 * WORTH_SHARING))
        assert running == set()


@pytest.mark.parametrize("failing", [0, 1, 2 * WORTH_SHARING - 1])
def test_an_error_of_any_thread_is_raised(failing: int) -> None:
    def work(item: int) -> None:
        time.sleep(0.001)
        if item == failing:
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        on_all_cores(work, range(2 * WORTH_SHARING))


@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")  # of processes with threads: the case to be tested
def test_a_forked_child_has_threads_of_its_own() -> None:
    on_all_cores(abs, range(1000))  # the threads of this process have begun
    reader, writer = os.pipe()
    child = os.fork()
    if not child:
        done = list[int]()
        on_all_cores(done.append, range(1000))
        os.write(writer, str(len(done)).encode())
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader) as told:
        assert told.read() == "1000"
    assert os.waitpid(child, 0)[1] == 0
