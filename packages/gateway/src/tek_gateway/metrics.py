"""The gateway's counters, in the text format of Prometheus."""

from bisect import bisect_left
from collections import Counter

_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5)
"""Upper bounds of the histogram of commit times, in seconds."""


class Metrics:
    """Counts since the start; each `Counter` is by one label."""

    def __init__(self) -> None:
        self.connections: Counter[str] = Counter()  # by subprotocol
        self.refusals: Counter[str] = Counter()  # of handshakes by status, of requests by code
        self.resumes: Counter[str] = Counter()  # by outcome
        self.entries = 0
        self.replayed = 0  # entries read from disk for a client that was behind
        self.turns: Counter[str] = Counter()  # by status or error code
        self._commits = [0] * (len(_BUCKETS) + 1)
        self._commit_seconds = 0.0

    def committed(self, seconds: float, entries: int) -> None:
        """Count one commit."""
        self.entries += entries
        self._commits[bisect_left(_BUCKETS, seconds)] += 1
        self._commit_seconds += seconds

    def text(self, gauges: dict[str, float]) -> str:
        """Return all counters in the text format, and `gauges` with their current values."""
        lines: list[str] = []
        for name, value in gauges.items():
            lines += [f"# TYPE tek_{name} gauge", f"tek_{name} {value:g}"]
        for name, label, counts in (
            ("connections_total", "subprotocol", self.connections),
            ("refusals_total", "reason", self.refusals),
            ("resumes_total", "outcome", self.resumes),
            ("turns_total", "end", self.turns),
        ):
            lines.append(f"# TYPE tek_{name} counter")
            lines += [f'tek_{name}{{{label}="{key}"}} {counts[key]}' for key in sorted(counts)]
        for name, count in (("entries_total", self.entries), ("replayed_total", self.replayed)):
            lines += [f"# TYPE tek_{name} counter", f"tek_{name} {count}"]
        return "\n".join([*lines, *self._commit_lines(), ""])

    def _commit_lines(self) -> list[str]:
        name = "tek_commit_seconds"
        lines = [f"# TYPE {name} histogram"]
        total = 0
        for bound, count in zip((*map(str, _BUCKETS), "+Inf"), self._commits, strict=True):
            total += count
            lines.append(f'{name}_bucket{{le="{bound}"}} {total}')
        return [*lines, f"{name}_sum {self._commit_seconds:.6f}", f"{name}_count {total}"]
