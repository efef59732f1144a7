import { readFileSync } from "node:fs";

const PACKAGE_FOLDER = `
function packageFolder() {
  const beside = path.join(__dirname, "..", "node_modules", "better-sqlite3");
  if (fs.existsSync(beside)) return beside;
  return path.dirname(require.resolve(["better-sqlite3", "package.json"].join("/")));
}
`;

const ROW_FACTORY = `
function rowFactory(...keys) {
  let compiled = null;
  let rows = 0;
  return (...values) => {
    if (compiled) return compiled(...values);
    rows += 1;
    if (rows === 50) compiled = compiledRowFactory(...keys);
    const row = {};
    for (let i = 0; i < keys.length; i += 1) row[keys[i]] = values[i];
    return row;
  };
}
`;

/**
 * The database driver's JavaScript is bundled, which saves finding and opening its twelve files; its native code
 * stays in its package, which is beside dist/ in a checkout and in a global installation.
 */
export const bundledDriver = {
  name: "bundled-driver",
  setup({ onLoad }) {
    onLoad({ filter: /better-sqlite3[/\\]lib[/\\]binding\.js$/ }, ({ path }) => {
      const own = "path.join(__dirname, '..',";
      const text = readFileSync(path, "utf8");
      if (!text.includes(own)) throw new Error(`${path} looks for its native code in a new way`);
      return { contents: PACKAGE_FOLDER + text.replaceAll(own, "path.join(packageFolder(),") };
    });
    // It has a function compiled for the rows of each statement: that pays for a table, not for an order's few rows.
    onLoad({ filter: /better-sqlite3[/\\]lib[/\\]database\.js$/ }, ({ path }) => {
      const factory = "function rowFactory(...keys)";
      const text = readFileSync(path, "utf8");
      if (!text.includes(factory)) throw new Error(`${path} makes its rows in a new way`);
      const renamed = text.replace(factory, "function compiledRowFactory(...keys)");
      return { contents: renamed + ROW_FACTORY };
    });
  },
};
