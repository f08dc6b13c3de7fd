// Classes, closures, maps and arrays.
class Bird {
  #weight;
  constructor(name, weight) {
    this.name = name;
    this.#weight = weight;
    this.seen = new Map();
  }
  see(place) {
    this.seen.set(place, (this.seen.get(place) ?? 0) + 1);
    this.#weight += place % 3;
    return this;
  }
  get weight() {
    return this.#weight;
  }
}
const flock = Array.from({ length: 1000 }, (_, i) => new Bird(`bird${i % 50}`, i % 17));
let state = 1;
for (let i = 0; i < 110000; i++) {
  state = (Math.imul(state, 1103515245) + 12345) >>> 1;
  flock[state % 1000].see(state % 31);
}
const byName = {};
for (const { name, weight } of flock) byName[name] = (byName[name] ?? 0) + weight;
const sum = flock.flatMap((bird) => [...bird.seen]).reduce((all, [place, times]) => all + place * times, 0);
print(byName.bird1, byName.bird49, sum);
