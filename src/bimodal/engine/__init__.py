"""The engine: compiled, vectorised integration of stiff systems for many patients; it knows no biology."""

from bimodal.engine.schedule import Schedule
from bimodal.engine.settings import Settings
from bimodal.engine.solve import solve
from bimodal.engine.status import Status
from bimodal.engine.system import TIME, System
from bimodal.engine.trajectories import Trajectories

__all__ = ["TIME", "Schedule", "Settings", "Status", "System", "Trajectories", "solve"]
