// NumPy's legacy generator: the algorithms of its RandomState, whose stream NumPy has frozen.
#include <attune/random.hpp>
#include <bit>
#include <cmath>
#include <numeric>
#include <random>
#include <utility>

#include "core/fail.hpp"

namespace attune {

struct NumpyLegacy::Generator {
  explicit Generator(std::uint32_t seed) : twister(seed) {}

  std::uint32_t next() { return static_cast<std::uint32_t>(twister()); }

  // A number in [0, largest]: draws masked to the bits of `largest` until one fits.
  std::uint64_t interval(std::uint64_t largest) {
    if (largest == 0) return 0;
    const std::uint64_t mask = ~std::uint64_t{0} >> std::countl_zero(largest);
    const bool wide = largest > 0xFFFFFFFF;
    for (;;) {
      std::uint64_t bits = next();
      if (wide) bits = bits << 32 | next();
      bits &= mask;
      if (bits <= largest) return bits;
    }
  }

  std::mt19937 twister;
  bool has_normal = false;
  double second_normal = 0;
};

NumpyLegacy::NumpyLegacy(std::uint32_t seed) : generator_(std::make_unique<Generator>(seed)) {}
NumpyLegacy::~NumpyLegacy() = default;
NumpyLegacy::NumpyLegacy(NumpyLegacy&&) noexcept = default;
NumpyLegacy& NumpyLegacy::operator=(NumpyLegacy&&) noexcept = default;

double NumpyLegacy::random_sample() {
  const std::uint32_t high = generator_->next() >> 5;
  const std::uint32_t low = generator_->next() >> 6;
  return (high * 0x1p26 + low) * 0x1p-53;
}

double NumpyLegacy::uniform(double low, double high) {
  return low + (high - low) * random_sample();
}

double NumpyLegacy::randn() {
  if (std::exchange(generator_->has_normal, false)) return generator_->second_normal;
  double x1, x2, square;
  do {
    x1 = 2 * random_sample() - 1;
    x2 = 2 * random_sample() - 1;
    square = x1 * x1 + x2 * x2;
  } while (square >= 1 || square == 0);
  const double factor = std::sqrt(-2 * std::log(square) / square);
  generator_->second_normal = factor * x1;
  generator_->has_normal = true;
  return factor * x2;
}

double NumpyLegacy::normal(double mean, double std) { return mean + std * randn(); }

std::int64_t NumpyLegacy::randint(std::int64_t low, std::int64_t high) {
  if (low >= high)
    internal::fail(ErrorKind::value, "randint",
                   "the bounds must hold at least one number, low < high, not {} and {}", low,
                   high);
  const auto base = static_cast<std::uint64_t>(low);
  return static_cast<std::int64_t>(
      base + generator_->interval(static_cast<std::uint64_t>(high) - 1 - base));
}

std::vector<std::int64_t> NumpyLegacy::permutation(std::int64_t n) {
  if (n < 0)
    internal::fail(ErrorKind::value, "permutation", "the length must not be negative, got {}", n);
  std::vector<std::int64_t> values;
  internal::make_room("permutation", values, n);
  values.resize(static_cast<std::size_t>(n));
  std::iota(values.begin(), values.end(), std::int64_t{0});
  shuffle(values);
  return values;
}

void NumpyLegacy::shuffle(std::span<std::int64_t> values) {
  for (std::size_t i = values.size(); i-- > 1;)
    std::swap(values[i], values[generator_->interval(i)]);
}

}  // namespace attune
