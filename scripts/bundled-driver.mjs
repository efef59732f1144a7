import { readFileSync } from "node:fs";

const PACKAGE_FOLDER = `
function packageFolder() {
  const beside = path.join(__dirname, "..", "node_modules", "better-sqlite3");
  if (fs.existsSync(beside)) return beside;
  return path.dirname(require.resolve(["better-sqlite3", "package.json"].join("/")));
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
  },
};
