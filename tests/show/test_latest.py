"""A slider's worker: the latest request counts, an overtaken one stops, an error is told."""

import threading
import time

from funnelsim.show.panels.latest import Latest


def test_a_burst_of_moves_is_worked_on_twice_at_most_and_the_last_one_counts():
    done = []
    worker = Latest(
        lambda request, check: request * 10,
        lambda q, r: done.append((q, r)),
        lambda q, e: done.append(e),
        wait=0.2,
    )
    for move in range(15):
        worker.submit(move)
        time.sleep(0.002)
    assert worker.settle(10)
    assert done[-1] == (14, 140)
    assert worker.started <= 2


def test_the_first_move_after_a_rest_is_worked_on_at_once():
    began = []
    worker = Latest(
        lambda request, check: began.append(time.monotonic()), lambda q, r: None, lambda q, e: None, wait=5.0
    )
    moved = time.monotonic()
    worker.submit("first")
    assert worker.settle(4)
    assert began[0] - moved < 4, "a second move would have to wait for five seconds of calm"


def test_an_overtaken_request_stops_and_is_never_shown():
    done, under_way = [], threading.Event()

    def work(request, check):
        under_way.set()
        while request == "old":
            time.sleep(0.005)
            check()
        return request

    worker = Latest(work, lambda q, r: done.append(r), lambda q, e: done.append(e), wait=0.01)
    worker.submit("old")
    assert under_way.wait(10)
    worker.submit("new")
    assert worker.settle(10)
    assert done == ["new"]


def test_cancel_stops_what_is_under_way_and_the_worker_lives_on():
    done, under_way = [], threading.Event()

    def work(request, check):
        under_way.set()
        while request == "long":
            time.sleep(0.005)
            check()
        return request

    worker = Latest(work, lambda q, r: done.append(r), lambda q, e: done.append(e), wait=0.01)
    worker.submit("long")
    assert under_way.wait(10)
    worker.cancel()
    assert worker.settle(10)
    assert done == []
    worker.submit("short")
    assert worker.settle(10)
    assert done == ["short"]


def test_cancel_forgets_a_request_that_has_not_begun():
    done = []
    worker = Latest(lambda q, check: q, lambda q, r: done.append(r), lambda q, e: done.append(e), wait=0.5)
    worker.submit(1)
    assert worker.settle(10)
    worker.submit(2)
    worker.cancel()
    assert worker.settle(10)
    assert done == [1]
    assert worker.started == 1


def test_an_error_is_told_and_the_worker_lives_on():
    told = []
    worker = Latest(
        lambda q, check: 1 / q, lambda q, r: told.append(r), lambda q, e: told.append(type(e)), wait=0.01
    )
    worker.submit(0)
    assert worker.settle(10)
    worker.submit(2)
    assert worker.settle(10)
    assert told == [ZeroDivisionError, 0.5]
