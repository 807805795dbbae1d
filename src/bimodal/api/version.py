"""The version of the package that is installed."""

from importlib.metadata import PackageNotFoundError, version

try:
    __version__ = version("bimodal")
except PackageNotFoundError:  # a source tree on the path without an installation
    __version__ = "0.0.0"
