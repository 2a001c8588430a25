// Initializers without random numbers.
#include "nn/built_in.hpp"

namespace attune {
namespace {

struct Zeros {
  static constexpr auto name = "zeros";
  static constexpr auto cite = "0; leaves the units of a layer equal, so that they learn the same";
  static constexpr std::uint64_t roles = internal::any_weight;
  void fill(Fill& f) const {
    f.each([](std::int64_t) { return 0.0; });
  }
};

struct Ones {
  static constexpr auto name = "ones", cite = "1";
  static constexpr std::uint64_t roles = internal::any_weight;
  void fill(Fill& f) const {
    f.each([](std::int64_t) { return 1.0; });
  }
};

struct Constant {
  static constexpr auto name = "constant", cite = "one number everywhere";
  static constexpr std::uint64_t roles = internal::any_weight;
  Real value{0, range(-1, 1).valid(-1e300, 1e300), "of every element"};
  void fill(Fill& f) const {
    f.each([&](std::int64_t) -> double { return value; });
  }
};

// A matrix m with m x = x as far as its sizes allow; of a convolution, the middle of each kernel.
struct Eye {
  static constexpr auto name = "eye";
  static constexpr auto cite =
      "identity: output i is input i; Zagoruyko & Komodakis 2017, arXiv:1706.00388";
  Real gain{1, log_range(0.1, 10), "factor on the ones"};
  void fill(Fill& f) const {
    const auto shape = f.shape();
    if (shape.size() < 2) throw std::invalid_argument("eye takes parameters of two or more axes");
    std::int64_t kernel = 1, middle = 0;
    for (std::size_t axis = 2; axis < shape.size(); ++axis) {
      kernel *= shape[axis];
      middle = middle * shape[axis] + shape[axis] / 2;
    }
    f.each([&](std::int64_t i) -> double {
      const std::int64_t row = i / kernel / shape[1], column = i / kernel % shape[1];
      return row == column && i % kernel == middle ? gain + 0.0 : 0.0;
    });
  }
};

[[maybe_unused]] const bool registered = internal::built_in<Zeros, Ones, Constant, Eye>();

}  // namespace
}  // namespace attune
