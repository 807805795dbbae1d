// Reads regimens, one JSON string a line, and prints for each what the page makes of it.
// node regimens.mjs DATA_FOLDER < texts
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const doses = await import(pathToFileURL(`${process.argv[2]}/doses.js`).href);
for (const line of readFileSync(0, "utf8").split("\n").filter(Boolean)) {
  const text = JSON.parse(line);
  try {
    const regimen = doses.parseRegimen(text), schedule = doses.expand(regimen), sliders = doses.toSliders(text);
    console.log(JSON.stringify({
      text: doses.regimenText(regimen),
      doses: schedule.doses.map((d) => [d.time, d.duration, d.route, d.amount, d.unit.symbol, d.unit.per, d.cycle]),
      starts: schedule.cycleStarts,
      end: schedule.end,
      warnings: schedule.warnings,
      lines: doses.cycleLines(schedule),
      sliders: sliders && doses.fromSliders(sliders),
      same: sliders && JSON.stringify(doses.toSliders(doses.fromSliders(sliders))) === JSON.stringify(sliders),
    }));
  } catch (fault) {
    if (!(fault instanceof doses.RegimenError)) throw fault;
    console.log(JSON.stringify({ what: fault.what, at: fault.at }));
  }
}
