# SPDX-License-Identifier: Apache-2.0
"""The rows of the table in docs/scale.md: what an operation costs at few and at many, by the clock on the wall and of the processor.

    row = Row("sign in", few=10_000, many=1_000_000)
    row.costs[10_000].append(Cost(time=28.1, processor=26.3))
    row.report()    # printed as JSON, held to its bound, kept for print_table()
"""
import dataclasses
import json
import statistics

BOUND = 1.3
_rows = []


@dataclasses.dataclass
class Cost:
    time: float = 0.0
    processor: float | None = None  # None: of what is not done, but there


class Row:
    def __init__(self, name, few, many, unit="ms", bound=BOUND):
        self.name, self.few, self.many, self.unit, self.bound = name, few, many, unit, bound
        self.costs = {few: [], many: []}

    def measures(self):
        """What there is to compare, by name: (at few, at many), each in the order in which it was measured."""
        kinds = {"time": [[cost.time for cost in costs] for costs in self.costs.values()],
                 "processor": [[cost.processor for cost in costs] for costs in self.costs.values()]}
        return {kind: values for kind, values in kinds.items() if None not in values[0]}

    def medians(self):
        return {kind: [statistics.median(values) for values in both] for kind, both in self.measures().items()}

    def ratios(self):
        return {kind: many / few for kind, (few, many) in self.medians().items()}

    def is_held(self):
        return max(self.ratios().values()) <= self.bound

    def report(self):
        _rows.append(self)
        spread = {kind: [[round(part, 2) for part in statistics.quantiles(values, n=4)] if len(values) > 1 else values
                         for values in both] for kind, both in self.measures().items()}
        print("\n" + json.dumps({"scale": self.name, "unit": self.unit, "count": len(self.costs[self.few]), "bound": self.bound,
                                 "ratios": {kind: round(ratio, 3) for kind, ratio in self.ratios().items()}, "quarters": spread}))
        assert self.is_held(), f"{self.name}: {self.ratios()}, wanted at most {self.bound}"

    def cells(self):
        """Of its line in the table."""
        unit = "" if self.unit == "ms" else f" {self.unit}"
        ratios = self.ratios()
        for kind in ("time", "processor"):
            if kind not in ratios:
                yield from ("", "", "")
                continue
            yield from (f"{median:.3g}{unit}" for median in self.medians()[kind])
            yield f"{ratios[kind]:.2f}" + (" **missed**" if ratios[kind] > self.bound else "")


def print_table():
    """As docs/scale.md shows it."""
    print("\n")
    for row in _rows:
        print("| " + " | ".join((row.name, *row.cells())) + " |")
