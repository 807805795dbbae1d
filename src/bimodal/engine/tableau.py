"""Coefficients of the Rosenbrock methods Rodas5P and Rodas4.

Sources: Rodas5P (order 5, 8 stages, dense output of order 4): G. Steinebach, Construction of Rosenbrock-Wanner method
Rodas5P and numerical benchmarks within the Julia Differential Equations package, BIT Numerical Mathematics 63, 27
(2023). Rodas4 (order 4, 6 stages, dense output of order 3): Hairer and Wanner, Solving Ordinary Differential Equations
II, section VI.4. Both are stiffly accurate. The form is the usual one without matrix-vector products (ibid., section
IV.7): stages solve ``(1/(h gamma) I - J) k = f(u) + sum(c k)/h + h d df/dt``.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True, eq=False)
class Tableau:
    """A stiffly accurate Rosenbrock method in transformed form.

    Parameters
    ----------
    gamma
        Diagonal coefficient.
    a
        Row i: weights of earlier stages in the argument of stage i; stages after the last row add the stage before to
        its argument (the embedded pair of a stiffly accurate method).
    c
        Row i: weights of earlier stages on the right-hand side of stage i.
    """

    name: str
    order: int
    gamma: float
    a: tuple[tuple[float, ...], ...]
    c: tuple[tuple[float, ...], ...]
    dense: tuple[tuple[float, ...], ...]

    @property
    def stages(self) -> int:
        """Number of stages."""
        return len(self.c)

    @cached_property
    def full_a(self) -> npt.NDArray[np.float64]:
        """(s, s) weights of all stages, the chained ones written out."""
        s = self.stages
        full = np.zeros((s, s))
        for i in range(s):
            if i < len(self.a):
                full[i, : len(self.a[i])] = self.a[i]
            else:
                full[i] = full[i - 1]
                full[i, i - 1] += 1.0
        return full

    @cached_property
    def _gamma_matrix(self) -> npt.NDArray[np.float64]:
        s = self.stages
        c = np.zeros((s, s))
        for i, row in enumerate(self.c):
            c[i, : len(row)] = row
        return np.asarray(np.linalg.inv(np.eye(s) / self.gamma - c), np.float64)

    @cached_property
    def times(self) -> npt.NDArray[np.float64]:
        """(s,) where in the step each stage is evaluated."""
        return (self.full_a @ self._gamma_matrix).sum(axis=1)

    @cached_property
    def slopes(self) -> npt.NDArray[np.float64]:
        """(s,) weight of h df/dt in each stage."""
        return self._gamma_matrix.sum(axis=1)


RODAS5P = Tableau(
    name="Rodas5P",
    order=5,
    gamma=0.21193756319429014,
    a=(
        (),
        (3.0,),
        (2.849394379747939, 0.45842242204463923),
        (-6.954028509809101, 2.489845061869568, -10.358996098473584),
        (2.8029986275628964, 0.5072464736228206, -0.3988312541770524, -0.04721187230404641),
        (-7.502846399306121, 2.561846144803919, -11.627539656261098, -0.18268767659942256, 0.030198172008377946),
    ),
    c=(
        (),
        (-14.155112264123755,),
        (-17.97296035885952, -2.859693295451294),
        (147.12150275711716, -1.41221402718213, 71.68940251302358),
        (165.43517024871676, -0.4592823456491126, 42.90938336958603, -5.961986721573306),
        (24.854864614690072, -3.0009227002832186, 47.4931110020768, 5.5814197821558125, -0.6610691825249471),
        (
            30.91273214028599,
            -3.1208243349937974,
            77.79954646070892,
            34.28646028294783,
            -19.097331116725623,
            -28.087943162872662,
        ),
        (
            37.80277123390563,
            -3.2571969029072276,
            112.26918849496327,
            66.9347231244047,
            -40.06618937091002,
            -54.66780262877968,
            -9.48861652309627,
        ),
    ),
    dense=(
        (
            25.948786856663858,
            -2.5579724845846235,
            10.433815404888879,
            -2.3679251022685204,
            0.524948541321073,
            1.1241088310450404,
            0.4272876194431874,
            -0.17202221070155493,
        ),
        (
            -9.91568850695171,
            -0.9689944594115154,
            3.0438037242978453,
            -24.495224566215796,
            20.176138334709044,
            15.98066361424651,
            -6.789040303419874,
            -6.710236069923372,
        ),
        (
            11.419903575922262,
            2.8879645146136994,
            72.92137995996029,
            80.12511834622643,
            -52.072871366152654,
            -59.78993625266729,
            -0.15582684282751913,
            4.883087185713722,
        ),
    ),
)

RODAS4 = Tableau(
    name="Rodas4",
    order=4,
    gamma=0.25,
    a=(
        (),
        (1.544,),
        (0.9466785280815826, 0.2557011698983284),
        (3.314825187068521, 2.896124015972201, 0.9986419139977817),
        (1.221224509226641, 6.019134481288629, 12.53708332932087, -0.6878860361058950),
    ),
    c=(
        (),
        (-5.6688,),
        (-2.430093356833875, -0.2063599157091915),
        (-0.1073529058151375, -9.594562251023355, -20.47028614809616),
        (7.496443313967647, -10.24680431464352, -33.99990352819905, 11.70890893206160),
        (8.083246795921522, -7.981132988064893, -31.52159432874371, 16.31930543123136, -6.058818238834054),
    ),
    dense=(
        (10.12623508344586, -7.487995877610167, -34.80091861555747, -7.992771707568823, 1.025137723295662, 0.0),
        (-0.6762803392801253, 6.087714651680015, 16.43084320892478, 24.76722511418386, -6.594389125716872, 0.0),
    ),
)
