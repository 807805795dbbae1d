"""The small server behind the page: runs studies as jobs, on this machine, for people it knows."""

from bimodal.app.address import Address
from bimodal.app.jobs import Jobs
from bimodal.app.limits import Limits

__all__ = ["Address", "Jobs", "Limits"]
