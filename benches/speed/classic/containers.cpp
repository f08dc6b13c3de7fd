// The standard library's containers: maps, hash maps, strings, deques and sorting by several keys.
#include <algorithm>
#include <deque>
#include <map>
#include <string>
#include <unordered_map>
#include <vector>

#include "kernel.h"

namespace {

struct Sighting {
  std::string name;
  uint32_t ring;
  float weight;
};

std::string name_of(uint32_t number) {
  std::string name = "bird ";
  for (; number; number /= 26) name += (char)('a' + number % 26);
  return name;
}

}  // namespace

static uint64_t kernel(void) {
  uint32_t state = 5;
  uint64_t sum = 0;
  for (int round = 0; round < 6; round++) {
    std::vector<Sighting> seen;
    std::unordered_map<std::string, uint32_t> counts;
    std::map<uint32_t, float> heaviest;
    for (int i = 0; i < 40000; i++) {
      uint32_t random = next_random(&state);
      Sighting one{name_of(random % 5000 + 700), random >> 12, (float)(random % 997) / 8};
      counts[one.name]++;
      float &weight = heaviest[one.ring % 6000];
      weight = std::max(weight, one.weight);
      seen.push_back(std::move(one));
    }
    std::sort(seen.begin(), seen.end(), [](const Sighting &a, const Sighting &b) {
      if (int order = a.name.compare(b.name)) return order < 0;
      return a.weight != b.weight ? a.weight > b.weight : a.ring < b.ring;
    });
    std::deque<const Sighting *> window;
    for (const Sighting &one : seen) {
      window.push_back(&one);
      if (window.size() > 100) window.pop_front();
      if (one.ring % 64 == 0) sum = fold(sum, window.front()->ring + counts[one.name]);
    }
    for (const auto &[ring, weight] : heaviest) sum = fold(sum, ring + rounded(weight));
    for (auto at = heaviest.begin(); at != heaviest.end();) at = at->first % 3 ? std::next(at) : heaviest.erase(at);
    sum = fold(sum, heaviest.size());
  }
  return sum;
}
