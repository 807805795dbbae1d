"""Cell types of the blood, as the registry names them once."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class CellKind(BaseModel):
    """A sort of cells that some endpoints take together, such as all natural killer cells.

    Parameters
    ----------
    id, short, colour
        The name in ids, the name on figures, and a colour of `bimodal.report.style.CELL_PALETTE`.
    tcr
        Whether such cells have T-cell receptors.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    short: str = Field(min_length=1)
    colour: str = Field(min_length=1)
    tcr: bool


class Cell(BaseModel):
    """One cell type of the blood.

    Parameters
    ----------
    id
        The name in ids of observables and in the text of a model.
    label, short
        The name in labels of endpoints, and on figures.
    counted
        What its count counts, in words.
    kind
        Id of its `CellKind`.
    spread
        Whose spread of receptor numbers it has (column ``cell`` of ``evidence/data/receptor_spread.csv``).
    colour
        On figures: one of `bimodal.report.style.CELL_PALETTE`.
    species
        In whose models it is a cell type, or a sum of cell types.
    marked
        Whether its EC50 stands above small dose-response panels, which have room for few.
    ontology
        Term of the Cell Ontology that it is, or is a kind of; blank if there is none.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    label: str = Field(min_length=1)
    short: str = Field(min_length=1)
    counted: str = Field(min_length=1)
    kind: str = Field(min_length=1)
    spread: str = Field(min_length=1)
    colour: str = Field(min_length=1)
    species: tuple[str, ...] = ("human",)
    marked: bool = False
    ontology: str = Field(default="", pattern=r"^(CL:\d{7})?$")
