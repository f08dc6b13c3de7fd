// Building, searching and replacing text; regular expressions; JSON.
const parts = [];
for (let i = 0; i < 40000; i++) parts.push(`${(i * 7919) % 1000}:${"wax".repeat(i % 4)}`);
const text = parts.join(",");
let words = 0;
for (const [, number, word] of text.matchAll(/(\d+):([a-z]*)/g)) words += Number(number) + word.length;
const letters = new Map();
for (const letter of text) letters.set(letter, (letters.get(letter) ?? 0) + 1);
const other = text.replaceAll("wax", "wing").toUpperCase().split(",").reverse().join(";");
const back = JSON.parse(JSON.stringify({ parts, letters: [...letters] }));
print(words, letters.get("a"), other.length, other.slice(0, 20), back.parts.length, back.letters.length);
