"""What the demo prints: progress while it plays, then tables in Dutch that a person understands."""

import statistics
import sys
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from demo.crew import Crew, TaakEvent
from demo.department import Delivery, Department
from demo.judgement import Judgement
from demo.moves import Move


@dataclass
class Progress:
    """One line that grows on a terminal; a line every so often elsewhere."""

    total: int
    done: int = 0
    _started: float = field(default_factory=time.monotonic)
    _shown: float = 0.0

    def step(self, what: str) -> None:
        """One more thing is done."""
        self.done += 1
        now = time.monotonic()
        if now - self._shown < (0.1 if sys.stdout.isatty() else 2.0) and self.done < self.total:
            return
        self._shown = now
        line = f"  {self.done:>3}/{self.total}  {now - self._started:5.1f} s  {what}"
        if sys.stdout.isatty():
            print(f"\r{line[:100]:<100}", end="\n" if self.done == self.total else "", flush=True)
        else:
            print(line, flush=True)


def table(title: str, heads: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """A table with a title; numbers are right-aligned."""
    lines = [[str(cell) for cell in row] for row in rows]
    widths = [max(len(line[i]) for line in [list(heads), *lines]) for i in range(len(heads))]
    print(f"\n{title}\n")
    print("  " + "  ".join(head.ljust(width) for head, width in zip(heads, widths, strict=True)))
    print("  " + "  ".join("─" * width for width in widths))
    for line in lines:
        cells = (
            cell.rjust(width) if cell.replace(".", "").replace("-", "").isdigit() else cell.ljust(width)
            for cell, width in zip(line, widths, strict=True)
        )
        print("  " + "  ".join(cells).rstrip())


def print_moves(moves: Sequence[Move], departments: Sequence[Department]) -> None:
    """Per verhuizing: who was told, which fields, when, acknowledged or not."""
    by_kenmerk: dict[str, list[tuple[Department, Delivery]]] = {}
    for department in departments:
        for delivery in department.deliveries:
            by_kenmerk.setdefault(delivery.kenmerk, []).append((department, delivery))
    rows = []
    for move in moves:
        told = sorted(by_kenmerk.get(move.kenmerk, []), key=lambda pair: pair[1].received_at)
        label = [move.name, move.kenmerk or "geweigerd", move.status or "-"]
        if not told:
            rows.append([*label, "niemand", "", "", "", ""])
        for department, delivery in told:
            rows.append([*label, *_told(department, delivery)])
            label = ["", "", ""]
    heads = ("Verhuizing", "Kenmerk", "Status", "Afdeling", "Wat", "Gegevens", "Na", "Bevestigd")
    table("Wie is verteld over welke verhuizing", heads, rows)


def _told(department: Department, delivery: Delivery) -> list[str]:
    delay = (delivery.received_at - delivery.sent_at).total_seconds() * 1000 if delivery.sent_at else 0
    what = f"{delivery.soort} {delivery.volgnummer}" + ("" if delivery.effects else " (herhaling)")
    answer = f"ja, {delivery.status}" if delivery.acknowledged else "nee"
    return [department.code, what, ", ".join(sorted(delivery.velden)), f"{delay:.0f} ms", answer]


def print_crews(crews: Sequence[Crew]) -> None:
    """Per ploeg: which taken arrived, after how many milliseconds."""
    rows = []
    for crew in crews:
        first = [event for event in crew.events if not event.repeat]
        made = [event for event in first if event.gebeurtenis == "aangemaakt"]
        online, offline = [e for e in made if not e.offline], [e for e in made if e.offline]
        withdrawn = [event for event in first if event.gebeurtenis == "ingetrokken"]
        rows.append([crew.ploeg, len(made), *_delays(online), len(offline), len(withdrawn), len(crew.completed)])
    heads = ("Ploeg", "Taken", "Helft binnen", "95% binnen", "Langzaamst", "Na geen bereik", "Ingetrokken", "Voltooid")
    table("Welke taken kwamen bij welke ploeg, en hoe snel", heads, rows)


def _delays(events: Sequence[TaakEvent]) -> list[str]:
    if not events:
        return ["-", "-", "-"]
    delays = sorted(event.delay_ms for event in events)
    p95 = delays[min(len(delays) - 1, round(0.95 * (len(delays) - 1)))]
    return [f"{statistics.median(delays):.0f} ms", f"{p95:.0f} ms", f"{delays[-1]:.0f} ms"]


def print_taken(crews: Sequence[Crew], names: dict[str, str]) -> None:
    """Every taak of every ploeg, one line each (`--alles`)."""
    rows = [
        (crew.ploeg, names.get(event.melding, "?"), event.gebeurtenis, f"{event.delay_ms:.0f} ms")
        for crew in crews
        for event in crew.events
        if event.gebeurtenis in {"aangemaakt", "ingetrokken"}
    ]
    table("Elke taak", ("Ploeg", "Melding", "Wat", "Na"), rows)


def print_verdict(moves: Judgement, taken: Judgement, wrong: Sequence[str]) -> None:
    """The findings, each as a sentence; then nothing but the last line."""
    for title, findings in (
        ("Verloren", [*moves.lost, *taken.lost]),
        ("Dubbel", [*moves.double, *taken.double]),
        ("Verteld zonder grond", [*moves.without_ground, *taken.without_ground]),
        ("Anders dan verwacht", wrong),
    ):
        if findings:
            print(f"\n{title}:")
            for finding in findings:
                print(f"  - {finding}")
