"""Says where a molecule lies outside what the model was calibrated on."""

from __future__ import annotations

from bimodal.drugs import Molecule


def outside_calibration(molecule: Molecule) -> tuple[str, ...]:
    """Give the warnings every figure of a molecule must carry.

    Parameters
    ----------
    molecule
        What is given.

    Returns
    -------
    tuple of str
        Sentences; none for native IL-2 given as it is.

    Examples
    --------
    >>> from bimodal.drugs import load_molecule
    >>> outside_calibration(load_molecule("aldesleukin"))
    ()
    """
    if molecule.ligand == "native":
        return ()
    numbers = [number for _, number in molecule.quantities()]
    assumed = sum(number.status == "assumed" for number in numbers)
    texts = [
        f"'{molecule.id}' is outside what the model was calibrated on, which is native IL-2: no trial of its class was "
        f"fitted, and {assumed} of the {len(numbers)} numbers of its file are assumed"
    ]
    if molecule.release is not None:
        texts.append(f"'{molecule.id}' is given inactive: concentrations are of the released, active form")
    return tuple(texts)
