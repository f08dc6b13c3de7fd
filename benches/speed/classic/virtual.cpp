// Virtual calls: shapes of several classes in one list, visited over and over.
#include <memory>
#include <vector>

#include "kernel.h"

namespace {

struct Shape {
  virtual ~Shape() = default;
  virtual double area() const = 0;
  virtual void grow(double by) = 0;
  virtual const Shape *inner() const { return nullptr; }
};

struct Circle final : Shape {
  double radius;
  explicit Circle(double r) : radius(r) {}
  double area() const override { return 3.25 * radius * radius; }
  void grow(double by) override { radius += by; }
};

struct Box final : Shape {
  double width, height;
  Box(double w, double h) : width(w), height(h) {}
  double area() const override { return width * height; }
  void grow(double by) override { width += by, height -= by / 2; }
};

struct Frame final : Shape {
  std::unique_ptr<Shape> held;
  double edge;
  Frame(std::unique_ptr<Shape> shape, double e) : held(std::move(shape)), edge(e) {}
  double area() const override { return held->area() * (1 + edge); }
  void grow(double by) override { held->grow(by / 2); }
  const Shape *inner() const override { return held.get(); }
};

std::unique_ptr<Shape> make(uint32_t *state, int depth) {
  uint32_t random = next_random(state);
  if (depth > 0 && random % 3 == 0) return std::make_unique<Frame>(make(state, depth - 1), random % 8 / 16.0);
  if (random % 2) return std::make_unique<Circle>(random % 100 / 4.0);
  return std::make_unique<Box>(random % 50 / 2.0, random % 30 / 2.0);
}

}  // namespace

static uint64_t kernel(void) {
  uint32_t state = 7;
  std::vector<std::unique_ptr<Shape>> shapes;
  for (int i = 0; i < 5000; i++) shapes.push_back(make(&state, 3));
  uint64_t sum = 0;
  for (int round = 0; round < 800; round++) {
    double all = 0;
    for (const auto &shape : shapes) all += shape->inner() ? shape->inner()->area() : shape->area();
    for (size_t i = (size_t)round % 7; i < shapes.size(); i += 7) shapes[i]->grow(round % 2 ? -0.5 : 0.5);
    sum = fold(sum, rounded(all / 1e3));
  }
  return sum;
}
