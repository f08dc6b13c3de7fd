// A script of ordinary habits: classes, generators, promises, regular expressions, typed arrays,
// big integers, exceptions caught, JSON, files.
"use strict";

const section = (name) => print(`-- ${name}`);

section("arguments");
print(args.length, args.join(" "));

section("classes");
class Bird {
  #wings = 2;
  constructor(name) { this.name = name; }
  get wings() { return this.#wings; }
  toString() { return `${this.constructor.name} ${this.name}`; }
  static of(...names) { return names.map((name) => new this(name)); }
}
class Waxwing extends Bird {
  toString() { return `${super.toString()} with ${this.wings} wings`; }
}
print(Waxwing.of("bohemian", "cedar").join("; "));

section("generators");
function* primes(limit) {
  const composite = new Uint8Array(limit + 1);
  for (let n = 2; n <= limit; n++) {
    if (composite[n]) continue;
    yield n;
    for (let m = n * n; m <= limit; m += n) composite[m] = 1;
  }
}
print([...primes(60)].join(" "), [...primes(100000)].length);

section("destructuring");
const { a, b: { c = 7, ...rest }, ...others } = { a: 1, b: { d: 2, e: 3 }, f: 4 };
print(a, c, JSON.stringify(rest), JSON.stringify(others), [1, [2, [3, [4]]]].flat(Infinity).join());

section("regular expressions");
const log = "2024-02-29 wren; 2023-12-01 crane; 1999-01-31 rail";
for (const m of log.matchAll(/(?<year>\d{4})-(?<month>\d\d)-\d\d (?<bird>\p{L}+)/gu))
  print(m.groups.bird, m.groups.year, m.groups.month);
print("über dem Fluß".replace(/(?<=ü)b/u, "_").toUpperCase(), "a1b22c".split(/\d+/).join("|"));

section("numbers");
print(0.1 + 0.2, 1 / 3, -0, 1e21, (255).toString(16), parseFloat("3.5e-7"), NaN, 5e-324);
print(2n ** 200n, (-7n) / 2n, BigInt.asIntN(8, 255n), Math.hypot(3, 4), Math.fround(0.1));

section("exceptions");
function thrower(depth) {
  if (depth === 0) throw new RangeError("deep down");
  return thrower(depth - 1);
}
try { thrower(50); } catch (error) { print(error.name, error.message, error instanceof RangeError); }
try { null.x; } catch (error) { print(error.constructor.name); } finally { print("finally"); }
try { JSON.parse("{bad"); } catch (error) { print(error.name); }

section("collections");
const counts = new Map();
for (const word of "the bird eats the berry and the bird sings".split(" "))
  counts.set(word, (counts.get(word) ?? 0) + 1);
print([...counts].sort(([u, m], [v, n]) => n - m || (u < v ? -1 : 1)).slice(0, 3).join(" "));
print(new Set([1, 1, 2, NaN, NaN]).size, [3, 1, 2].toSorted().join(), Object.entries({ x: 1 }).join());

section("json");
const value = { list: Array.from({ length: 2000 }, (_, i) => ({ i, text: `item ${i}`, half: i / 2 })) };
const text = JSON.stringify(value);
print(text.length, JSON.parse(text).list[1999].half, JSON.stringify({ u: undefined, d: new Date(0) }));

section("sorting");
let state = 42;
const numbers = Array.from({ length: 50000 }, () => (state = (state * 1103515245 + 12345) % 2147483648));
numbers.sort((x, y) => x - y);
print(numbers.every((n, i) => i === 0 || numbers[i - 1] <= n), numbers[0], numbers.at(-1));

section("typed arrays");
const view = new DataView(new ArrayBuffer(16));
view.setFloat64(0, Math.PI);
view.setInt32(8, -2, true);
print(Array.from(new Uint8Array(view.buffer), (n) => n.toString(16).padStart(2, "0")).join(""));

section("files");
const path = `${args[0]}/notes.json`;
writeText(path, text);
print(readText(path) === text);
try { readText(`${args[0]}/absent`); } catch (error) { print(error.message.replace(args[0], "DIR")); }

section("promises");
const later = async (name, rounds) => {
  for (let i = 0; i < rounds; i++) await null;
  return name;
};
(async () => {
  print(await Promise.race([later("slow", 9), later("fast", 2)]));
  print((await Promise.allSettled([later("ok", 1), Promise.reject(new Error("no"))])).map((r) => r.status).join());
  for await (const name of [later("one", 1), later("two", 1)]) print(name);
  print("done");
})();
print("before the promises");
