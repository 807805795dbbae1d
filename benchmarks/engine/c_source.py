"""Writes one Rosenbrock step in C with vector extensions: the same expressions, factors and order as the engine's.

It is the yardstick for the machine code LLVM makes, built only here and only where there is a gcc. The text is C plus
the vector ``?:`` that gcc has in C++ mode only.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from bimodal.engine.assemble import CHAIN, RESIDUAL_LIMIT
from bimodal.engine.ir import fold
from bimodal.engine.lower import lower
from bimodal.engine.program import Program
from bimodal.engine.tableau import Tableau

_HEAD = """\
typedef double real __attribute__((vector_size({bytes})));
typedef long whole __attribute__((vector_size({bytes})));
#define INLINE static inline __attribute__((always_inline))
#define PART static __attribute__((noinline))
INLINE real splat(double x) {{ return x - (real){{}}; }}
INLINE real size(real x) {{ return (real)((whole)x & 0x7fffffffffffffffL); }}
"""
_SYMBOLS = {"fadd": "+", "fsub": "-", "fmul": "*", "fdiv": "/"}


class Writer:
    """Takes the place of the engine's ``Builder`` when expressions are lowered, and writes C instead."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self._count = 0

    def emit(self, text: str) -> str:
        """Name a value."""
        self._count += 1
        self.lines.append(f"const real v{self._count} = {text};")
        return f"v{self._count}"

    def const(self, number: float) -> str:
        """Return a constant."""
        return f"splat({float(number).hex()})"

    def binary(self, operation: str, a: str, b: str) -> str:
        """Return a sum, difference, product or quotient."""
        return self.emit(f"{a} {_SYMBOLS[operation]} {b}")

    def add(self, a: str, b: str) -> str:
        """Return a + b."""
        return self.emit(f"{a} + {b}")

    def sub(self, a: str, b: str) -> str:
        """Return a - b."""
        return self.emit(f"{a} - {b}")

    def mul(self, a: str, b: str) -> str:
        """Return a * b."""
        return self.emit(f"{a} * {b}")

    def div(self, a: str, b: str) -> str:
        """Return a / b."""
        return self.emit(f"{a} / {b}")

    def neg(self, a: str) -> str:
        """Return -a."""
        return self.emit(f"-{a}")

    def fma(self, a: str, b: str, c: str) -> str:
        """Return a * b + c; gcc fuses it."""
        return self.emit(f"{a} * {b} + {c}")

    def load(self, pointer: str, index: int) -> str:
        """Return an element of an array."""
        return self.emit(f"{pointer}[{index}]")

    def store(self, value: str, pointer: str, index: int) -> None:
        """Write an element of an array."""
        self.lines.append(f"{pointer}[{index}] = {value};")


#: Arguments of the step, in the engine's order: what it reads, then what it writes.
ARGUMENTS = ("t", "y", "p", "h", "atol", "rtol", "floor", "lu", "k", "u", "err", "res")
_READ = ARGUMENTS[:7]


def c_text(program: Program, tableau: Tableau, width: int) -> str:
    """Return C that exports ``step`` for ``width`` patients, and ``repeat``, which calls a step many times.

    Raises
    ------
    ValueError
        The rates use time, which the yardstick does not write.
    """
    if program.time_slopes:
        raise ValueError("the yardstick is for models whose rates do not use time")
    matrix = ("const real *y", "const real *p", "real gh", "real *w", "real *lu", "real *f")
    check = ("const real *w", "const real *lu", "const real *x", "const real *b", "real *res")
    stage = ("const real *y", "const real *p", "const real *s", "const real *lu", "real *x")
    return "\n".join(
        [
            _HEAD.format(bytes=8 * width),
            _function("factor", matrix, _factor(program)),
            _function("residual", check, _residual(program)),
            _function("solve", ("const real *lu", "const real *b", "real *x"), _solve(program)),
            _function("stage", stage, _stage(program)),
            _step(tableau, len(program.system.state_ids), len(_entries(program))),
            _REPEAT.format(types=", ".join(["void *"] * len(ARGUMENTS)), values=_numbered(len(ARGUMENTS))),
        ]
    )


def _numbered(count: int) -> str:
    return ", ".join(f"a[{i}]" for i in range(count))


def _entries(program: Program) -> list[tuple[int, int]]:
    diagonal = {(i, i) for i in range(len(program.system.state_ids))}
    return sorted(diagonal | set(program.jacobian))


def _function(name: str, arguments: Sequence[str], lines: Sequence[str], head: str = "PART") -> str:
    heads = ", ".join(a.replace("*", "*__restrict ") for a in arguments)
    return f"{head} void {name}({heads}) {{\n  " + "\n  ".join(lines) + "\n}\n"


def _symbol(program: Program, w: Writer) -> Callable[[str], str]:
    system = program.system
    names = [*system.parameter_ids, *(name for name, _ in program.constants)]
    place = {name: f"p[{i}]" for i, name in enumerate(names)} | {s: f"y[{i}]" for s, i in system.state_index.items()}
    return lambda name: w.emit(place[name])


def _factor(program: Program) -> list[str]:
    w, n = Writer(), len(program.system.state_ids)
    order, pattern = program.elimination.order, program.elimination.pattern
    place = {state: k for k, state in enumerate(order)}
    entries, roots = program.jacobian, [*program.rates, *program.jacobian.values()]
    values = lower(w, program.system.graph, roots, _symbol(program, w))  # type: ignore[arg-type]
    for i, value in enumerate(values[:n]):
        w.store(value, "f", i)
    m: dict[tuple[int, int], str] = {}
    for (i, j), value in zip(entries, values[n:], strict=True):
        m[place[i], place[j]] = w.sub(value, "gh") if i == j else value
    for k in range(n):
        m.setdefault((k, k), w.neg("gh"))
    changed = program.elimination.changed
    for index, (i, j) in enumerate(_entries(program)):
        if (place[i], place[j]) in changed:
            w.store(m[place[i], place[j]], "w", index)
    for k in range(n):
        pivot = m[k, k] = w.div(w.const(-1.0), m[k, k])
        right = sorted(j for i, j in m if i == k and j > k)
        for i in sorted(i for i, j in m if j == k and i > k):
            ratio = m[i, k] = w.mul(m[i, k], pivot)
            for j in right:
                m[i, j] = w.fma(ratio, m[k, j], m[i, j]) if (i, j) in m else w.mul(ratio, m[k, j])
    for index, entry in enumerate(pattern):
        w.store(m.get(entry, w.const(0.0)), "lu", index)
    return w.lines


def _residual(program: Program) -> list[str]:
    w, entries, pattern = Writer(), _entries(program), program.elimination.pattern
    place = {state: k for k, state in enumerate(program.elimination.order)}
    changed, factors = program.elimination.changed, {entry: i for i, entry in enumerate(pattern)}

    def larger(a: str, b: str) -> str:
        return w.emit(f"{a} > {b} ? {a} : {b}")

    excess = []
    for i in range(len(program.system.state_ids)):
        terms = [w.load("b", i)]
        for index, (row, column) in enumerate(entries):
            if row == i:
                entry = place[row], place[column]
                same = w.load("w", index) if entry in changed else w.load("lu", factors[entry])
                terms.append(w.mul(same, f"x[{column}]"))
        rest, scale = fold(w.add, terms), fold(w.add, [w.emit(f"size({term})") for term in terms])
        excess.append(w.emit(f"size({rest}) - {scale} * {w.const(RESIDUAL_LIMIT)}"))
    worst = fold(larger, excess)
    return [*w.lines, f"*res = {worst};"]


def _solve(program: Program) -> list[str]:
    w = Writer()
    return _substitute(program, w, [w.load("b", i) for i in range(len(program.system.state_ids))])


def _stage(program: Program) -> list[str]:
    w = Writer()
    values = lower(w, program.system.graph, program.rates, _symbol(program, w))  # type: ignore[arg-type]
    return _substitute(program, w, [w.add(value, f"s[{i}]") for i, value in enumerate(values)])


def _substitute(program: Program, w: Writer, right: Sequence[str]) -> list[str]:
    n, order, pattern = len(program.system.state_ids), program.elimination.order, program.elimination.pattern

    def less(value: str, terms: Sequence[tuple[int, str]]) -> str:
        count = -(-len(terms) // CHAIN)
        sums = [value]
        for position, (index, known) in enumerate(terms):
            if position % count < len(sums):
                sums[position % count] = w.fma(f"lu[{index}]", known, sums[position % count])
            else:
                sums.append(w.mul(f"lu[{index}]", known))
        return fold(w.add, sums)

    x: list[str] = []
    for k in range(n):
        x.append(less(right[order[k]], [(i, x[j]) for i, (row, j) in enumerate(pattern) if row == k and j < k]))
    for k in reversed(range(n)):
        value = less(x[k], [(i, x[j]) for i, (row, j) in enumerate(pattern) if row == k and j > k])
        x[k] = w.emit(f"{value} * lu[{pattern.index((k, k))}]")
        w.store(x[k], "x", order[k])
    return w.lines


def _sum(weights: Sequence[float], n: int) -> str:
    return " + ".join(f"{float(a).hex()} * k[{j * n} + i]" for j, a in enumerate(weights))


def _step(tableau: Tableau, n: int, entries: int) -> str:
    each = f"for (int i = 0; i < {n}; i++)"
    body = [f"real w[{entries}], s[{n}];", f"factor(y, p, splat({(1.0 / tableau.gamma).hex()}) / *h, w, lu, u);"]
    body += ["const real inverse = splat(1.0) / *h;", "solve(lu, u, k);", "residual(w, lu, k, u, res);"]
    for i in range(1, tableau.stages):
        argument = f"y[i] + {_sum(tableau.a[i], n)}" if i < len(tableau.a) else f"u[i] + k[{(i - 1) * n} + i]"
        body.append(f"{each} {{ u[i] = {argument}; s[i] = inverse * ({_sum(tableau.c[i], n)}); }}")
        body.append(f"stage(u, p, s, lu, k + {i * n});")
    body.append("real total = splat(0.0);")
    body.append(f"""{each} {{
    const real error = k[{(tableau.stages - 1) * n} + i];
    u[i] += error;
    const real old = size(y[i]), fresh = size(u[i]);
    const real ratio = error / (*rtol * (old > fresh ? old : fresh) + atol[i]);
    total += u[i] < floor[i] ? splat({_INFINITY}) : ratio * ratio;
  }}
  *err = total * {(1.0 / n).hex()};""")
    arguments = [f"const real *{name}" if name in _READ else f"real *{name}" for name in ARGUMENTS]
    return _function("step", arguments, body, head='extern "C"')


_INFINITY = "__builtin_inf()"
_REPEAT = """\
typedef void (*Step)({types});
extern "C" void repeat(Step step, long times, void **a) {{
  for (long i = 0; i < times; i++) step({values});
}}
"""
