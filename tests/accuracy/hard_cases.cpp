// The arguments at which reductions, branches and tables of functions go wrong, if anywhere.
#include <cmath>
#include <limits>
#include <numbers>

#include "tests/accuracy/accuracy.hpp"

namespace attune::accuracy {
namespace {

// x and its three neighbours on both sides, of both signs.
template <class T>
void append_around(long double x, std::vector<T>& all) {
  constexpr T infinity = std::numeric_limits<T>::infinity();
  T value = static_cast<T>(x);
  for (int i = 0; i < 3; ++i) value = std::nextafter(value, -infinity);
  for (int i = 0; i < 7; ++i, value = std::nextafter(value, infinity)) {
    all.push_back(value);
    all.push_back(-value);
  }
}

// Arguments of f64 at which a function comes closest to the middle of two numbers, or to 0: of exp,
// log and sin by Lefevre and Muller (Worst Cases for Correct Rounding of the Elementary Functions
// in Double Precision, 2001), and the double next to a multiple of pi / 2 (Muller, Elementary
// Functions, section 11.1). Then where many roundings of gelu's formulas and of silu's meet.
constexpr double known[] = {0x1.9e9cbbfd6080bp-31,  0x1.62a88613629b6p+678, 0x1.e0000000001c2p-20,
                            0x1.6ac5b262ca1ffp+849, 0x1.d9e4aefa4d4ffp+0,   0x1.dc0a19717fba3p+0,
                            0x1.60281cp+0,          0x1.62860b2eacb49p+0,   0x1.45a0a8b4018fep+2};

}  // namespace

template <class T>
std::vector<T> hard_cases() {
  using Limits = std::numeric_limits<T>;
  std::vector<T> all;
  for (const T x : {T(0), Limits::infinity(), Limits::quiet_NaN(), Limits::max(), Limits::min(),
                    Limits::denorm_min(), Limits::min() - Limits::denorm_min()}) {
    all.push_back(x);
    all.push_back(-x);
  }
  for (const double x : known) append_around<T>(x, all);
  for (int e = Limits::min_exponent - Limits::digits; e < Limits::max_exponent; ++e) {
    append_around<T>(std::ldexp(1.0L, e), all);
    all.push_back(std::ldexp(T(1) / 3, e));
  }
  for (int k = 1; k <= 4000; ++k) {
    append_around<T>(k * (std::numbers::pi_v<long double> / 4), all);
    append_around<T>(std::ldexp(k * (std::numbers::pi_v<long double> / 2), k % 100), all);
    // a sine just below a power of two: half a unit of the reduced argument is one of the result
    for (const int turns : {k, 163 * k})
      append_around<T>(turns * (std::numbers::pi_v<long double> / 2) + std::asin(0.125L), all);
    append_around<T>(k * (std::numbers::ln2_v<long double> / 2), all);
    append_around<T>(k / 64.0L, all);
    append_around<T>(std::sqrt(static_cast<long double>(k)) / 2, all);
  }
  return all;
}

template std::vector<float> hard_cases<float>();
template std::vector<double> hard_cases<double>();

}  // namespace attune::accuracy
