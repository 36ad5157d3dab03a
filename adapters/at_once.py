"""Requests that are made at once, a few at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterable
from typing import Any, Final, TypeVar

T = TypeVar("T")
U = TypeVar("U")

_MOST: Final = 16  # requests, which share storage with the reviews that travel meanwhile


async def gather_few(work: Iterable[Callable[[], Coroutine[Any, Any, T]]]) -> list[T]:
    """Run all, a few at a time, and return their results in order. Raises what the first that fails raises."""
    turn = asyncio.Semaphore(_MOST)

    async def in_turn(each: Callable[[], Coroutine[Any, Any, T]]) -> T:
        async with turn:
            return await each()

    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(in_turn(each)) for each in work]
    except ExceptionGroup as failures:
        raise failures.exceptions[0] from None
    return [task.result() for task in tasks]


async def together(one: Coroutine[Any, Any, T], other: Coroutine[Any, Any, U]) -> tuple[T, U]:
    """Run both at once and return both results. Raises what the one that fails first raises."""
    try:
        async with asyncio.TaskGroup() as group:
            tasks = group.create_task(one), group.create_task(other)
    except ExceptionGroup as failures:
        raise failures.exceptions[0] from None
    return tasks[0].result(), tasks[1].result()
