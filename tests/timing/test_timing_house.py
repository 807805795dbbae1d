"""What this room may import, and what it costs."""

import json
import subprocess
import sys


def test_the_room_imports_nothing_but_errors_units_and_files():
    script = (
        "import sys, json, pkgutil, importlib, bimodal.timing\n"
        "cheap = sorted(sys.modules)\n"
        "for module in pkgutil.iter_modules(bimodal.timing.__path__):\n"
        "    importlib.import_module('bimodal.timing.' + module.name)\n"
        "print(json.dumps([cheap, sorted(sys.modules)]))\n"
    )
    made = subprocess.run([sys.executable, "-c", script], capture_output=True, check=True, text=True)
    cheap, everything = json.loads(made.stdout)
    rooms = {name.split(".")[1] for name in everything if name.startswith("bimodal.")}
    # `import bimodal` itself brings the few lines of `api` that load public names when they are first used
    assert rooms <= {"api", "errors", "files", "timing", "units"}
    heavy = {"numba", "pandas", "xarray", "matplotlib", "duckdb", "astropy", "statsmodels", "antimony", "pint"}
    assert not heavy & {name.split(".")[0] for name in cheap}
