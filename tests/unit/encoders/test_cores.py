"""Who computes alone has all cores; of several each has a part."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import torch

from product_search.encoders.cores import Cores


def test_alone_all_together_a_part_each_and_afterwards_all_again():
    cores = Cores()
    cores._threads = 4
    inside, go_on = threading.Barrier(3), threading.Event()

    def compute() -> tuple[int, int]:
        with cores.share() as part:
            inside.wait(10)
            go_on.wait(10)
            return part, torch.get_num_threads()

    before = torch.get_num_threads()
    try:
        with ThreadPoolExecutor(2) as pool:
            others = [pool.submit(compute) for _ in range(2)]
            inside.wait(10)
            with cores.share() as part:
                assert (part, torch.get_num_threads()) == (1, 1)
            go_on.set()
            assert sorted(each.result() for each in others) == [(2, 2), (4, 4)], (
                "each thread has its own number"
            )
        with cores.share() as part:
            assert part == 4
    finally:
        torch.set_num_threads(before)
