"""A work that is ready to run."""
import dataclasses
import typing


@dataclasses.dataclass
class Step:
    once: typing.Callable[[], None]
    result: typing.Callable[[], list]
    wait: typing.Callable[[], None] = lambda: None  # until what `once` began is done
