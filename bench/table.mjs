// The one table that a run prints.

/** ok, misses aim or MISSES MUST. A ratio that is no number misses everything. */
export function verdictOf({ ratio, must, aim }) {
  if (ratio <= aim) return "ok";
  return ratio <= must ? "misses aim" : "MISSES MUST";
}

export function tableText(rows) {
  const head = ["row", "ratio", "must", "aim", "verdict"];
  const lines = rows.map((row) => [
    row.row,
    row.ratio.toFixed(2),
    row.must.toFixed(2),
    row.aim.toFixed(2),
    verdictOf(row),
  ]);
  const widths = head.map((_, column) =>
    Math.max(...[head, ...lines].map((line) => line[column].length)),
  );
  return [head, ...lines]
    .map((line) => line.map((cell, column) => padded(cell, column, widths[column])).join("  "))
    .map((line) => line.trimEnd())
    .join("\n");
}

function padded(cell, column, width) {
  const isNumber = column >= 1 && column <= 3;
  return isNumber ? cell.padStart(width) : cell.padEnd(width);
}
