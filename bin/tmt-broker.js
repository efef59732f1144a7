#!/usr/bin/env node
"use strict";

// Starts the program. It is plain, old JavaScript so that every Node can read it: an old one must get
// one clear line, because the database driver would crash it without a word. It loads nothing to
// answer --version and --help: their texts are made when the program is built.

var fs = require("fs");
var path = require("path");
var vm = require("vm");
var createRequire = require("module").createRequire;

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
  if (args[0] === "__complete") return completeWords(args.slice(1));
  loadProgram(args).run(args);
}

/** A shell asks what may stand at the cursor: it gets words, or nothing, but never an error. */
function completeWords(args) {
  var folder = `${fs.realpathSync(ROOT)}/dist`;
  runFile(`${folder}/complete.js`, createRequire(`${folder}/complete.js`), cacheFiles(["complete"]))
    .answer(args, folder)
    .then(print, () => undefined);
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
    else if (error.code !== "EPIPE") {
      fail(`The text can't be written to stdout (${error.code}): what stands there isn't whole.`);
      process.exitCode = 9;
    }
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
  var mode = /(^|,)(--)?watch(,|$)/.test(args.join(",")) ? terminalMode() : undefined;
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
    if (signal === "SIGKILL" && mode) restoreTerminal(mode);
    if (signal) process.kill(process.pid, signal);
    else process.exit(code);
  });
}

/** How the terminal is set, for a full-screen view that may be killed; undefined where there is none, or no stty. */
function terminalMode() {
  if (!isOnTerminal()) return undefined;
  var stty = require("child_process").spawnSync("stty", ["-g"], {
    stdio: ["inherit", "pipe", "ignore"],
  });
  return stty.status === 0 ? stty.stdout.toString().trim() : undefined;
}

/** What the child would have done, had it not been killed. */
function restoreTerminal(mode) {
  fs.writeSync(1, "\u001b[?2004l\u001b[0m\u001b[?1049l\u001b[?25h");
  require("child_process").spawnSync("stty", [mode], { stdio: "inherit" });
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
 * Loads the program with what V8 compiled of it when the same command ran before. Node's own compile cache
 * is taken before a program runs, so that most functions aren't in it. The cache is kept in the user's own
 * folder, never in the shared temporary one, where somebody else could plant code. Without it the program
 * only starts slower.
 */
function loadProgram(args) {
  var folder = `${fs.realpathSync(ROOT)}/dist`;
  var cache = cacheFiles(args);
  var plainRequire = createRequire(`${folder}/main.js`);
  var parts = {};
  // What few commands need is in files of its own, compiled and kept like the program itself.
  var load = (name) => {
    if (!/^\.\/[a-z]+\.js$/.test(name)) return plainRequire(name);
    parts[name] =
      parts[name] ||
      runFile(folder + name.slice(1), load, cache && withSuffix(cache, name.slice(2, -3)));
    return parts[name];
  };
  load.resolve = plainRequire.resolve;
  return runFile(`${folder}/main.js`, load, cache);
}

function runFile(file, load, cache) {
  var whole = cache && readTwin(cache.whole);
  var cachedData = whole || (cache && readTwin(cache.partial));
  // The build writes plain ASCII, which is read fastest as Latin-1, and a function, which needs no text around it.
  var source = fs.readFileSync(file, "latin1");
  var script = new vm.Script(source, { filename: file, cachedData: cachedData });
  var used = cachedData && !script.cachedDataRejected ? (whole ? "whole" : "partial") : "none";
  if (cache) keepCompiled(script, cache, used);
  var program = { exports: {} };
  script.runInThisContext()(program.exports, load, program, file, path.dirname(file));
  return program.exports;
}

/** Keeps what a run has compiled: of a failed one only where there is nothing better. */
function keepCompiled(script, cache, used) {
  process.on("exit", (code) => {
    var kind = code === 0 ? "whole" : "partial";
    if (used === "whole" || used === kind) return;
    try {
      removeOtherBuilds(cache);
      writeTwin(cache[kind], script.createCachedData());
    } catch (_) {
      // A full or read-only disk: the next start is as slow as this one was.
    }
  });
}

/** By build, Node and command: V8 itself compares no more of the source than its length. */
function cacheFiles(args) {
  var folder = cacheFolder();
  var build = `${ROOT}/dist/build-id`;
  if (!folder || !fs.existsSync(build)) return undefined;
  try {
    makeFolder(path.dirname(folder));
    makeFolder(folder);
  } catch (_) {
    return undefined;
  }
  var words = args.filter(isCommandWord).slice(0, 2);
  var connection = args[args.indexOf("-c") + 1];
  if (args.indexOf("-c") >= 0 && isCommandWord(connection)) words.push(connection);
  var prefix = `code-${fs.readFileSync(build, "latin1")}-${process.version}-${process.arch}-`;
  var name = `${folder}/${prefix}${words.join(".")}`;
  return { folder: folder, prefix: prefix, whole: `${name}.whole`, partial: `${name}.partial` };
}

function withSuffix(cache, suffix) {
  return {
    folder: cache.folder,
    prefix: cache.prefix,
    whole: `${cache.whole}.${suffix}`,
    partial: `${cache.partial}.${suffix}`,
  };
}

/** A file holds its content twice: V8 would run a damaged cache, and comparing is the cheapest proof. */
function readTwin(file) {
  var both = fs.existsSync(file) ? fs.readFileSync(file) : Buffer.alloc(0);
  var half = both.length / 2;
  var first = both.subarray(0, half);
  return half > 0 && first.equals(both.subarray(half)) ? first : undefined;
}

function writeTwin(file, content) {
  var temporary = `${file}.${process.pid}`;
  fs.writeFileSync(temporary, Buffer.concat([content, content]), { mode: 0o600 });
  fs.renameSync(temporary, file);
}

function removeOtherBuilds(cache) {
  fs.readdirSync(cache.folder).forEach((name) => {
    if (!/^code-/.test(name) || name.indexOf(cache.prefix) === 0) return;
    fs.unlinkSync(`${cache.folder}/${name}`);
  });
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
