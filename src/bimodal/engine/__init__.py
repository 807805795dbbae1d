"""The engine: compiled, vectorised integration of stiff systems for many patients; it knows no biology."""

from bimodal.engine.carried import Carried
from bimodal.engine.schedule import Schedule
from bimodal.engine.segment_results import SegmentResults
from bimodal.engine.segments import Segments
from bimodal.engine.settings import Settings
from bimodal.engine.solve import solve
from bimodal.engine.status import SolverStatus
from bimodal.engine.system import System
from bimodal.engine.trajectories import Trajectories
from bimodal.engine.trigger import TIME, Trigger
from bimodal.engine.visits import Actions, Ledger, Visit, Visits

__all__ = [
    "TIME",
    "Actions",
    "Carried",
    "Ledger",
    "Schedule",
    "SegmentResults",
    "Segments",
    "Settings",
    "SolverStatus",
    "System",
    "Trajectories",
    "Trigger",
    "Visit",
    "Visits",
    "solve",
]
