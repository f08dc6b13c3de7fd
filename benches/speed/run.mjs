// Runs a WASI module in node: [--dir=GUEST=HOST]... MODULE [ARGS]...
import { readFileSync } from "node:fs";
import { WASI } from "node:wasi";

const words = process.argv.slice(2);
const preopens = {};
while (words[0]?.startsWith("--dir=")) {
  const [guest, host] = words.shift().slice("--dir=".length).split("=");
  preopens[guest] = host;
}
const wasi = new WASI({ version: "preview1", args: words, preopens, env: {} });
const module = new WebAssembly.Module(readFileSync(words[0]));
process.exitCode = wasi.start(new WebAssembly.Instance(module, wasi.getImportObject()));
