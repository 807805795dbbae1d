"""pSTAT5 dose-response in vitro of three molecules: how much more of each a CD8 or NK cell needs than a Treg."""

from bimodal.drugs import load_molecule
from bimodal.response.response import simulate_responses

CELLS = ("treg", "tconv_memory", "cd8", "nk")
MOLECULES = ("aldesleukin", "n88d-fc", "nara1-complex")

print("EC50 in pM after 30 min, in brackets as a multiple of that of Treg")
print(f"{'':14}" + "".join(f"{cell:>19}" for cell in CELLS))
for (response,) in simulate_responses([load_molecule(name) for name in MOLECULES], workers=2):
    figures = response.to_json(CELLS)
    half = {row["cell"]: row["ec50_pM"] for row in figures["cells"]}  # None where there is no signal to read
    ratio = {row["cell"]: row["ratio_to_treg"] for row in figures["selectivity"]}
    line = f"{response.drug:14}"
    for cell in CELLS:
        times = f" ({ratio[cell]:.1f}x)" if ratio.get(cell) else ""
        line += f"{'none' if half[cell] is None else f'{half[cell]:.3g}{times}':>19}"
    print(line)
