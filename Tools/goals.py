"""Figures beside what is asked of them, as tables."""


def shown(value, digits=1, unit=""):
    return "–" if value is None else f"{value:.{digits}f}{unit}"


def table(head, rows):
    print("\n| " + " | ".join(head) + " |\n|" + "---|" * len(head))
    for row in rows:
        print("| " + " | ".join(row) + " |", flush=True)


class Goals:
    """What is asked, and whether it was met."""

    def __init__(self):
        self.rows = []

    def add(self, what, value, most, digits=2, least=False):
        met = None if value is None else (value >= most if least else value <= most)
        self.rows.append((what, shown(value, digits), f"{'≥' if least else '≤'} {most}", {None: "not measured", True: "met", False: "missed"}[met]))

    def show(self):
        table(["goal", "figure", "asked", ""], self.rows)

    @property
    def missed(self):
        return [f"{what} {figure}" for what, figure, _, state in self.rows if state == "missed"]

    @property
    def closing(self):
        met = sum(state == "met" for *_, state in self.rows)
        return f"{met} of {len(self.rows)} met{'; missed: ' + ', '.join(self.missed) if self.missed else ''}"
