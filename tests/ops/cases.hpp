// The table of operation cases: one row per operation, over which the properties in *_test.cpp run.
// The rows stand in cases_<family>.cpp; this file knows no operation.
//
//   const Family rows("binary", {
//     {"add", OF(add(x[0], x[1])), {any(), any()}, {.value = IS(x[0] + x[1])}},
//   });
//
// A row's name is the name of the declared function; an operation may have several rows (one for
// each overload or result), of which all but one say what they are about: "max:values".
#pragma once

#include <attune/autograd.hpp>
#include <attune/mode.hpp>
#include <attune/ops.hpp>
#include <attune/random.hpp>
#include <attune/tensor.hpp>
#include <initializer_list>
#include <span>
#include <string>
#include <vector>

namespace attune::tests {

using Operands = std::span<const Tensor>;
using Reals = const double*;

// One tensor operand: elements drawn uniformly from [low, high), of type f64; of another type they
// are whole numbers (i64, ...) or drawn with equal chance (bool).
struct Input {
  double low = -2, high = 2;
  DType dtype = f64;
  std::vector<double> avoid = {};  // kinks and poles, from which elements stay 0.05 away
  Shape shape{3, 4};
  Shape large{7, 16387};  // for the thread counts: enough elements to be computed in parallel

  Input shaped(const Shape& small) const;
  Input shaped(const Shape& small, const Shape& big) const;
};

Input any();  // [-2, 2)
Input within(double low, double high);
Input positive();                                  // [0.3, 3)
Input away(std::initializer_list<double> points);  // [-2, 2) without the points
Input whole(std::int64_t low, std::int64_t high);  // i64 in [low, high)
Input flags();                                     // bool

struct Traits {
  // An elementwise operation: shapes are free and broadcast. Its value on f64, given one element of
  // each operand; null where `elementwise` is false or the value is checked elsewhere.
  double (*value)(Reals x) = nullptr;
  bool elementwise = true;
  bool any_layout = true;        // false where the result depends on strides: as_strided
  int orders = 2;                // of derivatives: 0 for an operation that has none
  double tolerance = 1e-6;       // of the derivatives
  double f64_tolerance = 1e-13;  // of values against `value` and between instruction sets
  double f32_tolerance = 2e-6;   // of f32 against f64
};

struct Case {
  std::string name;
  Tensor (*apply)(Operands x);
  std::vector<Input> inputs;
  Traits traits = {};
  std::string family = {};

  std::string operation() const { return name.substr(0, name.find(':')); }
  // The operation inside a random stream of its own, so that every evaluation draws the same.
  Tensor operator()(Operands x) const;
};

// Not elementwise: shapes as the row says.
inline constexpr Traits shaped{.elementwise = false};
inline constexpr Traits shaped_constant{.elementwise = false, .orders = 0};

#define OF(...)                                         \
  [](::attune::tests::Operands x) -> ::attune::Tensor { \
    (void)x;                                            \
    return __VA_ARGS__;                                 \
  }
#define IS(...)                              \
  [](::attune::tests::Reals x) -> double {   \
    (void)x;                                 \
    return static_cast<double>(__VA_ARGS__); \
  }

// Adds its rows to the table.
struct Family {
  Family(const char* name, std::initializer_list<Case> rows);
};

// All rows, by family and name.
const std::vector<Case>& cases();

// Elements for operand `position` of a row; the same at every call.
Tensor draw(const Case& row, std::size_t position, const Shape& shape);
Tensor draw_whole(const Case& row, std::size_t position, const Shape& shape, DType dtype);
std::vector<Tensor> draw_all(const Case& row);  // small
std::vector<Tensor> draw_all_large(const Case& row);

// The elements as double, whatever type and layout.
std::vector<double> reals(const Tensor& x);
// The same bits (a NaN equals itself), type and shape.
bool same_bits(const Tensor& a, const Tensor& b);
// The largest |a - b| / max(1, |a|, |b|); a NaN or infinity matches itself only, else infinity.
double distance(const Tensor& a, const Tensor& b);

}  // namespace attune::tests
