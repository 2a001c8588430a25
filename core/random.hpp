// Draws from the current stream into raw memory. Element i of a draw depends only on (seed, stream,
// draw, i): long arrays are filled in parallel, and the bits are the same on every machine, for no
// libm function and no vectorized transcendental stands in their path. Tensors are filled
// elsewhere.
#pragma once

#include <attune/random.hpp>
#include <bit>
#include <cstddef>
#include <cstdint>

#include "core/philox.hpp"

namespace attune::internal {

// One draw: the Philox key of (seed, stream) and the draw's number in the stream.
struct Draw {
  PhiloxKey key;
  std::uint64_t number;
};

// The draw of a state's counter. The stream's key is a Philox block itself, keyed by the seed.
Draw draw_of(const RandomState& state);

// Takes the next draw of the calling thread's stream. Error(state) where the thread has none.
Draw next_draw();

// 64 random bits of element i; two elements share one Philox block.
inline std::uint64_t random_bits(const Draw& draw, std::uint64_t i) {
  const std::uint64_t block = i / 2;
  const PhiloxBlock bits =
      philox(draw.key, {static_cast<std::uint32_t>(block), static_cast<std::uint32_t>(block >> 32),
                        static_cast<std::uint32_t>(draw.number),
                        static_cast<std::uint32_t>(draw.number >> 32)});
  const std::size_t first = i % 2 * 2;
  return bits[first] | std::uint64_t{bits[first + 1]} << 32;
}

// 64 random bits as a number in [0, 1), in steps of 2^-53.
inline double unit(std::uint64_t bits) { return static_cast<double>(bits >> 11) * 0x1p-53; }

// In (0, 1), the middles of 2^52 equal cells: exact, and symmetric about 1/2. Written with the bits
// of [1, 2), since baseline vector units do not convert 64-bit integers.
inline double open_unit(std::uint64_t bits) {
  return std::bit_cast<double>(bits >> 12 | std::bit_cast<std::uint64_t>(1.0)) - (1 - 0x1p-53);
}

// The standard normal distribution's inverse for 0 < p < 1: M. J. Wichura, "Algorithm AS 241: the
// percentage points of the normal distribution", Applied Statistics 37 (1988), PPND16: relative
// error about 1e-16.
double normal_quantile(double p);

// [lo, hi). T is float or double; a float is the double rounded, but kept below hi.
// Error(value) unless lo <= hi, both finite and hi - lo as well; lo == hi gives lo.
template <class T>
void fill_uniform(double lo, double hi, T* out, std::int64_t n, const Draw& draw,
                  const char* operation = "uniform");

// mean + std * z, z by the inverse of the distribution function; a float is the double rounded.
// |z| < 8.3. Error(value) unless std >= 0 and both are finite.
template <class T>
void fill_normal(double mean, double std, T* out, std::int64_t n, const Draw& draw);

// A normal number conditioned on lo <= x <= hi (bounds on x, not on z; infinite ones are allowed).
// Error(value) unless std > 0, lo < hi, and the interval reaches within 37 standard deviations.
template <class T>
void fill_truncated_normal(double mean, double std, double lo, double hi, T* out, std::int64_t n,
                           const Draw& draw, const char* operation = "truncated_normal");

// 1 with probability p, else 0; p counts in steps of 2^-53. Error(value) unless 0 <= p <= 1.
void fill_bernoulli(double p, std::uint8_t* out, std::int64_t n, const Draw& draw);

// Whole numbers in [lo, hi) by multiply and shift (Lemire 2019, arXiv:1805.10941, without
// rejection: the bias is below (hi - lo) / 2^64). Error(value) unless lo < hi.
void fill_integers(std::int64_t lo, std::int64_t hi, std::int64_t* out, std::int64_t n,
                   const Draw& draw);

// The numbers 0 .. n-1 in random order (Fisher and Yates from the top; serial).
void fill_permutation(std::int64_t* out, std::int64_t n, const Draw& draw);

}  // namespace attune::internal
