// The table itself and the elements of its operands.
#include "tests/ops/cases.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <tuple>

namespace attune::tests {
namespace {

std::vector<Case>& table() {
  static std::vector<Case> rows;
  return rows;
}

// splitmix64 (Steele, Lea and Flood 2014): numbers that depend on the row and the operand alone.
class Generator {
 public:
  Generator(const Case& row, std::size_t position) : state_(position) {
    for (const char c : row.name) state_ = state_ * 1099511628211u + static_cast<unsigned char>(c);
  }
  double operator()() {
    std::uint64_t z = state_ += 0x9e3779b97f4a7c15u;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return static_cast<double>((z ^ (z >> 31)) >> 11) * 0x1p-53;
  }

 private:
  std::uint64_t state_;
};

bool near_a_kink(const Input& input, double value) {
  return std::ranges::any_of(input.avoid,
                             [&](double point) { return std::fabs(value - point) < 0.05; });
}

template <class Each>
Tensor filled(const Shape& shape, DType dtype, Each each) {
  std::vector<double> elements(static_cast<std::size_t>(shape.numel()));
  std::ranges::generate(elements, each);
  return tensor(elements, shape).to(dtype);
}

std::vector<Tensor> draw_shapes(const Case& row, Shape Input::*shape) {
  std::vector<Tensor> operands;
  for (std::size_t i = 0; i < row.inputs.size(); ++i) {
    operands.push_back(draw(row, i, row.inputs[i].*shape));
  }
  return operands;
}

template <class T>
bool same_bytes(const Tensor& a, const Tensor& b) {
  if (!a.is_contiguous() || !b.is_contiguous()) return false;
  const std::span<const T> x = a.values<T>(), y = b.values<T>();
  return x.empty() || std::memcmp(x.data(), y.data(), x.size_bytes()) == 0;
}

}  // namespace

Input Input::shaped(const Shape& small) const {
  Input copy = *this;
  copy.shape = copy.large = small;
  return copy;
}

Input Input::shaped(const Shape& small, const Shape& big) const {
  Input copy = shaped(small);
  copy.large = big;
  return copy;
}

Input any() { return {}; }
Input within(double low, double high) { return {.low = low, .high = high}; }
Input positive() { return within(0.3, 3); }
Input away(std::initializer_list<double> points) { return {.avoid = points}; }
Input whole(std::int64_t low, std::int64_t high) {
  return {.low = static_cast<double>(low), .high = static_cast<double>(high), .dtype = i64};
}
Input flags() { return {.low = 0, .high = 2, .dtype = boolean}; }

Tensor Case::operator()(Operands x) const {
  const Random stream{1};
  return apply(x);
}

Family::Family(const char* name, std::initializer_list<Case> rows) {
  for (const Case& row : rows) table().emplace_back(row).family = name;
}

const std::vector<Case>& cases() {
  static const bool sorted = [] {
    std::ranges::stable_sort(table(), {},
                             [](const Case& row) { return std::tie(row.family, row.name); });
    return true;
  }();
  (void)sorted;
  return table();
}

Tensor draw(const Case& row, std::size_t position, const Shape& shape) {
  const Input& input = row.inputs[position];
  if (input.dtype != f64) return draw_whole(row, position, shape, input.dtype);
  return filled(shape, f64, [&, next = Generator(row, position)]() mutable {
    for (;;) {
      const double value = input.low + (input.high - input.low) * next();
      if (!near_a_kink(input, value)) return value;
    }
  });
}

Tensor draw_whole(const Case& row, std::size_t position, const Shape& shape, DType dtype) {
  const Input& input = row.inputs[position];
  std::vector<double> allowed;
  const double first =
      std::ceil(dtype == u8 || dtype == boolean ? std::max(0.0, input.low) : input.low);
  for (double value = first; value < input.high; ++value) {
    if (!near_a_kink(input, value) && !(dtype == boolean && value > 1)) allowed.push_back(value);
  }
  if (allowed.empty()) allowed.push_back(1);
  return filled(shape, dtype, [&, next = Generator(row, position)]() mutable {
    return allowed[static_cast<std::size_t>(next() * static_cast<double>(allowed.size()))];
  });
}

std::vector<Tensor> draw_all(const Case& row) { return draw_shapes(row, &Input::shape); }
std::vector<Tensor> draw_all_large(const Case& row) { return draw_shapes(row, &Input::large); }

std::vector<double> reals(const Tensor& x) {
  const NoGrad values_only;
  const Tensor flat = x.detach().to(f64).contiguous();
  const std::span<const double> elements = flat.values<double>();
  return {elements.begin(), elements.end()};
}

bool same_bits(const Tensor& a, const Tensor& b) {
  if (a.shape() != b.shape() || a.dtype() != b.dtype()) return false;
  if (a.dtype() == f64 && same_bytes<double>(a, b)) return true;
  if (a.dtype() == f32 && same_bytes<float>(a, b)) return true;
  const std::vector<double> x = reals(a), y = reals(b);
  for (std::size_t i = 0; i < x.size(); ++i) {
    const bool both_nan = x[i] != x[i] && y[i] != y[i];
    if (!both_nan && std::memcmp(&x[i], &y[i], sizeof(double)) != 0) return false;
  }
  return true;
}

double distance(const Tensor& a, const Tensor& b) {
  constexpr double far = std::numeric_limits<double>::infinity();
  if (a.shape() != b.shape()) return far;
  const std::vector<double> x = reals(a), y = reals(b);
  double largest = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    if (x[i] == y[i] || (x[i] != x[i] && y[i] != y[i])) continue;
    const double scale = std::max({1.0, std::fabs(x[i]), std::fabs(y[i])});
    const double apart = std::fabs(x[i] - y[i]) / scale;
    if (!(apart < far)) return far;
    largest = std::max(largest, apart);
  }
  return largest;
}

}  // namespace attune::tests
