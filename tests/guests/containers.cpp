// C++ without exceptions: streams, strings, containers, algorithms, virtual calls, templates,
// and constructors and destructors of static objects.
#include <algorithm>
#include <array>
#include <functional>
#include <iomanip>
#include <iostream>
#include <map>
#include <memory>
#include <numeric>
#include <queue>
#include <set>
#include <sstream>
#include <string>
#include <unordered_map>
#include <vector>

namespace {

struct Announcer {
  const char *name;
  explicit Announcer(const char *n) : name(n) { std::cout << "up: " << name << '\n'; }
  ~Announcer() { std::cout << "down: " << name << std::endl; }
};

Announcer global("global");

struct Shape {
  virtual ~Shape() = default;
  virtual double area() const = 0;
  virtual std::string name() const = 0;
};

struct Circle : Shape {
  double r;
  explicit Circle(double radius) : r(radius) {}
  double area() const override { return 3.25 * r * r; }
  std::string name() const override { return "circle"; }
};

struct Rectangle : Shape {
  double w, h;
  Rectangle(double width, double height) : w(width), h(height) {}
  double area() const override { return w * h; }
  std::string name() const override { return "rectangle"; }
};

void shapes() {
  std::vector<std::unique_ptr<Shape>> all;
  for (int i = 1; i <= 3; i++) {
    all.push_back(std::make_unique<Circle>(i));
    all.push_back(std::make_unique<Rectangle>(i, i + 0.5));
  }
  std::sort(all.begin(), all.end(),
            [](const auto &a, const auto &b) { return a->area() < b->area(); });
  for (const auto &shape : all)
    std::cout << std::setw(10) << shape->name() << std::fixed << std::setprecision(2)
              << std::setw(8) << shape->area() << '\n';
}

void sorting() {
  std::vector<unsigned> numbers(200000);
  unsigned state = 12345;
  for (auto &n : numbers) n = state = state * 1664525u + 1013904223u;
  auto stable = numbers;
  std::sort(numbers.begin(), numbers.end());
  std::stable_sort(stable.begin(), stable.end(), std::greater<>());
  std::reverse(stable.begin(), stable.end());
  std::cout << "sorted: " << std::boolalpha << std::is_sorted(numbers.begin(), numbers.end())
            << ", same: " << (numbers == stable) << ", median: " << numbers[numbers.size() / 2]
            << '\n';
}

void words(const std::string &text) {
  std::istringstream in(text);
  std::map<std::string, int> ordered;
  std::unordered_map<std::string, int> hashed;
  for (std::string word; in >> word;) {
    ordered[word]++;
    hashed[word]++;
  }
  for (const auto &[word, count] : ordered)
    std::cout << word << '=' << count << (hashed[word] == count ? " " : "! ");
  std::cout << '\n';
}

void path() {
  constexpr int SIDE = 30;
  std::array<std::array<int, SIDE>, SIDE> cost{};
  std::priority_queue<std::pair<int, int>, std::vector<std::pair<int, int>>, std::greater<>> open;
  std::vector<int> best(SIDE * SIDE, 1 << 30);
  for (int y = 0; y < SIDE; y++)
    for (int x = 0; x < SIDE; x++) cost[y][x] = 1 + (x * 7 + y * 13 + x * y) % 9;
  open.push({0, 0});
  best[0] = 0;
  while (!open.empty()) {
    auto [far, at] = open.top();
    open.pop();
    if (far > best[at]) continue;
    int x = at % SIDE, y = at / SIDE;
    const int steps[4][2] = {{1, 0}, {-1, 0}, {0, 1}, {0, -1}};
    for (const auto &step : steps) {
      int nx = x + step[0], ny = y + step[1];
      if (nx < 0 || ny < 0 || nx >= SIDE || ny >= SIDE) continue;
      int next = far + cost[ny][nx];
      if (next < best[ny * SIDE + nx]) {
        best[ny * SIDE + nx] = next;
        open.push({next, ny * SIDE + nx});
      }
    }
  }
  std::cout << "shortest path: " << best.back() << '\n';
}

}  // namespace

int main() {
  Announcer local("local");
  shapes();
  sorting();
  words("the bird eats the berry and the bird sings");
  path();
  std::set<std::string> names{"waxwing", "wren", "crane"};
  std::function<int(int)> add = [n = names.size()](int x) { return x + static_cast<int>(n); };
  std::cout << "function: " << add(39) << ", hex: " << std::hex << 48879 << std::dec << '\n';
  std::string line;
  while (std::getline(std::cin, line)) std::cout << "in: " << line << " (" << line.size() << ")\n";
  return 0;
}
