// Node's own modules cost a start-up several milliseconds each (crypto, stream, net, child_process …), a bundled
// package up to one, and most commands touch few of them. In the built chunks each is loaded at its first use.

/** What the code of a file needs once. */
export const LAZY_HELPERS = `
var __lazily=(load)=>{var module;return new Proxy({},{get:(_,key)=>(module??=load())[key]})};
var __builtin=(name)=>{var module;return new Proxy({},{get:(_,key)=>{module??=require(name);
return key==="default"?module:module[key]}})};
`;

/** CommonJS `code` of esbuild with its requires of Node's modules and of bundled packages made lazy. */
export function withLazyModules(code) {
  return code
    .replaceAll(/__toESM\(require\("(node:[a-z/_]+)"\)(?:,\s*1)?\)/g, '__builtin("$1")')
    .replaceAll(/(?<=\bimport_\w+\s*=\s*)require\("(node:[a-z/_]+)"\)/g, '__builtin("$1")')
    .replaceAll(/(?<=\bimport_\w+=)(__toESM\(require_\w+\(\)(?:,1)?\))/g, "__lazily(()=>$1)");
}
