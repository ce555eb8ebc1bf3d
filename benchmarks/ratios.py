"""What the measurements say: ratios with median and spread, whether all agree, tables."""

import math
import statistics
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from benchmarks.engines import ENGINES
from benchmarks.task import READ, Answer
from benchmarks.works import Run, Work

TOLERANCE = 1e-9
"""Of the sum of a list: how far each of its values may be from another engine's."""

MIB = 2.0**20


@dataclass(frozen=True, slots=True)
class Measured:
    """One round of a run: seconds of each phase, peak memory, answer."""

    seconds: dict[str, float]
    peak_bytes: int
    answer: Answer
    server: str = ""

    @property
    def compute_s(self) -> float:
        """Seconds from the engine's own form in memory to the answer."""
        return sum(seconds for phase, seconds in self.seconds.items() if phase != READ)

    @property
    def total_s(self) -> float:
        """Seconds from the files to the answer."""
        return sum(self.seconds.values())


@dataclass(slots=True)
class Outcome:
    """What became of a run: its rounds, or why there are none."""

    run: Run
    rounds: list[Measured] = field(default_factory=list)
    trouble: str = ""

    def median(self, quantity: Callable[[Measured], float]) -> float:
        """Return the median of a quantity over the rounds."""
        return statistics.median(quantity(measured) for measured in self.rounds)


@dataclass(frozen=True, slots=True)
class Ratio:
    """A ratio's median, least and most over the rounds."""

    median: float
    least: float
    most: float

    def __str__(self) -> str:
        """Return the median, and the spread where there is one."""
        if self.least == self.most:
            return _short(self.median)
        return f"{_short(self.median)} ({_short(self.least)}-{_short(self.most)})"


def _short(number: float) -> str:
    """Return three significant digits.

    >>> [_short(number) for number in (0.0123, 1.234, 56.78, 1234.5)]
    ['0.012', '1.23', '56.8', '1 230']
    """
    if number <= 0:
        return "0"
    digits = 2 - math.floor(math.log10(number))
    return f"{round(number, digits):,.{min(3, max(0, digits))}f}".replace(",", " ")


def ratio(peer: Outcome, base: Outcome, quantity: Callable[[Measured], float]) -> Ratio:
    """Return peer through base, round by round: what ran side by side is compared.

    A run that was not repeated is compared with the first round of the other.
    """
    pairs = zip(peer.rounds, base.rounds, strict=False)
    ratios = [quantity(one) / quantity(other) for one, other in pairs]
    return Ratio(statistics.median(ratios), min(ratios), max(ratios))


def extrapolated(
    small: Outcome, large: Outcome, base: Outcome, quantity: Callable[[Measured], float]
) -> str:
    """Return a peer through base as if the peer had run on as many features as the base.

    Beyond the larger of two counts it grows as it grew between them, so that what it
    does once is not multiplied. Empty where it did not grow: then nothing can be said.
    """
    growth = large.median(quantity) - small.median(quantity)
    if growth <= 0:
        return ""
    more = (base.run.count - large.run.count) / (large.run.count - small.run.count)
    return f"≈ {_short((large.median(quantity) + growth * more) / base.median(quantity))}"


def disagreements(outcomes: Iterable[Outcome]) -> list[str]:
    """Return a sentence for each answer that is not the first one's to the same question."""
    first: dict[tuple, tuple[str, Answer]] = {}
    found = []
    for outcome in outcomes:
        for measured in outcome.rounds:
            key = outcome.run.same_answer
            name, answer = first.setdefault(key, (outcome.run.engine, measured.answer))
            found.extend(
                f"{outcome.run}: {part} is not {name}'s"
                for part in answer
                if not _same(answer[part], measured.answer.get(part))
            )
    return list(dict.fromkeys(found))


def _same(one: object, other: object) -> bool:
    """Whether counts are equal, and sums close to each other."""
    if isinstance(one, list) and isinstance(other, list):
        if len(one) != len(other):
            return False
        if all(isinstance(value, int) for value in (*one, *other)):
            return one == other
        allowed = TOLERANCE * abs(math.fsum(one))
        return abs(math.fsum(one) - math.fsum(other)) <= allowed and all(
            abs(a - b) <= allowed for a, b in zip(one, other, strict=True)
        )
    return one == other


def tables(
    works: Sequence[Work], outcomes: dict[Run, Outcome], planned: dict[str, list[Run]]
) -> str:
    """Return a Markdown section for each work."""
    sections = []
    for work in works:
        mine = [outcomes[run] for run in planned[work.name]]
        rows = SHOWN[work.shows](mine)
        troubles = [f"- {outcome.run}: {outcome.trouble}" for outcome in mine if outcome.trouble]
        parts = [f"### {work.name}: {work.title}", "\n".join(rows), "\n".join(troubles)]
        sections.append("\n\n".join(part for part in parts if part))
    return "\n\n".join(sections) + "\n"


def _ratio_rows(outcomes: Sequence[Outcome]) -> list[str]:
    """Return the rows of a table of engines divided by ours, on the same number of features."""
    done = [outcome for outcome in outcomes if outcome.rounds]
    rows = []
    bases: dict[tuple[int, str], Outcome] = {}
    for outcome in done:
        bases.setdefault((outcome.run.count, outcome.run.form), outcome)
    for outcome in done:
        base = bases[outcome.run.count, outcome.run.form]
        if outcome is base:
            rows.append(_row(outcome, *["1"] * 3, note="the measure of its rows"))
            continue
        rows.append(
            _row(
                outcome,
                ratio(outcome, base, _compute),
                ratio(outcome, base, _total),
                ratio(outcome, base, _peak),
            )
        )
    heads = _heading("engine", "how", "features", "compute", "from file", "memory", "note")
    return [*heads, *rows, *_extrapolated_rows(done)]


def _extrapolated_rows(done: Sequence[Outcome]) -> list[str]:
    """Return what engines that ran on two smaller counts would take on the largest."""
    if not done:
        return []
    base = max(done, key=lambda outcome: outcome.run.count)  # the first of them
    most = base.run.count
    by_engine: dict[str, list[Outcome]] = {}
    for outcome in done:
        by_engine.setdefault(outcome.run.engine, []).append(outcome)
    rows = []
    for mine in by_engine.values():
        mine.sort(key=lambda outcome: outcome.run.count)
        if len(mine) < 2 or mine[-1].run.count == most:  # noqa: PLR2004 - to see it grow
            continue
        small, large = mine[-2:]
        measured = " and ".join(_count(outcome.run.count) for outcome in (small, large))
        ratios = [extrapolated(small, large, base, quantity) for quantity in (_compute, _total)]
        note = f"extrapolated: measured in full on {measured}"
        if any(ratios):
            rows.append(_row(large, *ratios, "", note=note, count=most))
    return rows


def _growth_rows(outcomes: Sequence[Outcome]) -> list[str]:
    """Return the rows of a table of what a feature costs as there are more of them."""
    done = sorted(
        (outcome for outcome in outcomes if outcome.rounds),
        key=lambda outcome: (outcome.run.engine, outcome.run.count),
    )
    rows = []
    least: dict[str, Outcome] = {}
    for outcome in done:
        base = least.setdefault(outcome.run.engine, outcome)
        shrunk = base.run.count / outcome.run.count
        rows.append(
            "| "
            + " | ".join(
                [
                    outcome.run.engine,
                    _count(outcome.run.count),
                    _short(shrunk * outcome.median(_compute) / base.median(_compute)),
                    _short(shrunk * outcome.median(_total) / base.median(_total)),
                    f"{outcome.median(_peak) / MIB:,.0f}",
                ]
            )
            + " |"
        )
    heads = ("engine", "features", "compute a feature", "from file a feature", "peak MiB")
    return [*_heading(*heads), *rows]


def _compute(measured: Measured) -> float:
    return measured.compute_s


def _total(measured: Measured) -> float:
    return measured.total_s


def _peak(measured: Measured) -> float:
    return measured.peak_bytes


def _processor_rows(outcomes: Sequence[Outcome]) -> list[str]:
    """Return the rows of a table of how much faster more processors are."""
    one = {_on(outcome): outcome for outcome in outcomes if outcome.run.threads == 1}
    rows = [
        f"| {outcome.run.engine} | {_count(outcome.run.count)} | {outcome.run.threads} "
        f"| {ratio(one[_on(outcome)], outcome, _total)} |"
        for outcome in outcomes
        if outcome.run.threads > 1 and outcome.rounds and one[_on(outcome)].rounds
    ]
    return [*_heading("engine", "features", "processors", "times as fast, from file"), *rows]


def _on(outcome: Outcome) -> tuple[str, int]:
    return outcome.run.engine, outcome.run.count


SHOWN: dict[str, Callable[[Sequence[Outcome]], list[str]]] = {
    "ratios": _ratio_rows,
    "growth": _growth_rows,
    "processors": _processor_rows,
}


def _row(  # noqa: PLR0913 - the columns of the table
    outcome: Outcome,
    compute: object,
    total: object,
    memory: object,
    *,
    note: str = "",
    count: int | None = None,
) -> str:
    run = outcome.run
    form = ENGINES[run.engine].form + (f" ({run.form})" if run.form != "parquet" else "")
    cells = [run.engine, form, _count(count or run.count), compute, total, memory, note]
    return f"| {' | '.join(str(cell) for cell in cells)} |"


def _heading(*names: str) -> tuple[str, str]:
    return f"| {' | '.join(names)} |", f"|{' --- |' * len(names)}"


def _count(number: int) -> str:
    return f"{number:,}".replace(",", " ")
