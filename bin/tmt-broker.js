#!/usr/bin/env node
"use strict";

// Starts the program. It is plain, old JavaScript so that every Node can read it: an old one must get
// one clear line, because the database driver would crash it without a word. It loads nothing to
// answer --version and --help: their texts are made when the program is built.

var fs = require("fs");

var ROOT = `${__dirname}/..`;
var MINIMUM = [22, 19];

start(process.argv.slice(2));

function start(args) {
  var text = staticAnswer(args);
  if (text !== undefined) return print(text);
  if (!isNewEnough(process.versions.node)) return startOnOwnNode();
  if (!fs.existsSync(`${ROOT}/dist/main.js`)) {
    return fail(`tmt-broker isn't built yet: run "npm run build" in ${fs.realpathSync(ROOT)}`);
  }
  enableCompileCache();
  require("../dist/main.js").run(args);
}

/** The text of --version, or of the help that is asked for; undefined when the program must answer. */
function staticAnswer(args) {
  var last = args[args.length - 1];
  var isVersion = last === "--version" || last === "-V";
  if (isVersion && args.length === 1) return `${readManifest(ROOT).version}\n`;
  var words = args[0] === "help" ? args.slice(1) : args.slice(0, -1);
  var isHelp = args[0] === "help" || last === "--help" || last === "-h";
  if (!isHelp || !words.every(isCommandWord)) return undefined;
  return readIfThere(`${ROOT}/dist/help/${words.join(".") || "index"}.txt`);
}

function isCommandWord(word) {
  return /^[a-z][a-z0-9-]*$/.test(word);
}

function readManifest(folder) {
  return JSON.parse(fs.readFileSync(`${folder}/package.json`, "utf8"));
}

function readIfThere(file) {
  try {
    return fs.readFileSync(file, "utf8");
  } catch (error) {
    if (error.code === "ENOENT") return undefined;
    throw error;
  }
}

/** Straight to the descriptor: setting up process.stdout costs more than everything else here. */
function print(text) {
  var rest = Buffer.from(text);
  try {
    while (rest.length > 0) rest = rest.slice(fs.writeSync(1, rest));
  } catch (error) {
    // A full pipe that doesn't block is left to the stream, which waits; a closed one has no reader.
    if (error.code === "EAGAIN") process.stdout.write(rest);
    else if (error.code !== "EPIPE") throw error;
  }
}

function isNewEnough(version) {
  var parts = version.split(".").map(Number);
  return parts[0] > MINIMUM[0] || (parts[0] === MINIMUM[0] && parts[1] >= MINIMUM[1]);
}

/** A checkout brings a Node of its own, which is used where the one that was started is too old. */
function startOnOwnNode() {
  var own = `${ROOT}/node_modules/node`;
  var program = `${own}/bin/node${process.platform === "win32" ? ".exe" : ""}`;
  if (!fs.existsSync(program) || !isNewEnough(readManifest(own).version)) return refuseOldNode();
  var args = [__filename].concat(process.argv.slice(2));
  var child = require("child_process").spawn(program, args, { stdio: "inherit" });
  var forward = child.kill.bind(child);
  var signals = ["SIGTERM", "SIGHUP", "SIGINT"];
  signals.forEach((signal) => {
    process.on(signal, signal === "SIGINT" && isOnTerminal() ? ignore : forward);
  });
  child.on("error", refuseOldNode);
  child.on("exit", (code, signal) => {
    signals.forEach((name) => {
      process.removeAllListeners(name);
    });
    if (signal) process.kill(process.pid, signal);
    else process.exit(code);
  });
}

/** On a terminal Ctrl-C reaches the child by itself; sent again, it would count as a second one. */
function isOnTerminal() {
  return [0, 1, 2].some(require("tty").isatty);
}

function ignore() {
  return undefined;
}

function refuseOldNode() {
  fail(
    `tmt-broker needs Node.js ${MINIMUM.join(".")} or newer, and this is ${process.versions.node}: ` +
      "install a newer one from https://nodejs.org",
  );
}

function fail(message) {
  fs.writeSync(2, `${message}\n`);
  process.exitCode = 1;
}

/**
 * Compiled code is kept in the user's own folder, never in the shared temporary one, where somebody
 * else could plant it. Where that folder can't be made the program only starts a little slower.
 */
function enableCompileCache() {
  var folder = cacheFolder();
  if (!folder) return;
  try {
    // Node's own recursive mkdir never returns on a dangling link, so both levels are made here.
    makeFolder(require("path").dirname(folder));
    makeFolder(folder);
  } catch (_) {
    return;
  }
  require("module").enableCompileCache(folder);
}

function makeFolder(folder) {
  if (!fs.existsSync(folder)) fs.mkdirSync(folder, 0o700);
}

function cacheFolder() {
  var env = process.env;
  if (env.TMT_BROKER_HOME) return `${env.TMT_BROKER_HOME}/cache`;
  if (process.platform === "win32") {
    return env.LOCALAPPDATA && `${env.LOCALAPPDATA}/tmt-broker/Cache`;
  }
  if (process.platform === "darwin") return env.HOME && `${env.HOME}/Library/Caches/tmt-broker`;
  if (env.XDG_CACHE_HOME) return `${env.XDG_CACHE_HOME}/tmt-broker`;
  return env.HOME && `${env.HOME}/.cache/tmt-broker`;
}
