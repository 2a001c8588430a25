// The distributions, drawn into memory. The streams behind them: random_streams.cpp.
#include "core/random.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <numeric>
#include <utility>

#include "core/fail.hpp"
#include "core/parallel.hpp"

namespace attune {
namespace internal {

namespace {

// (A million uniform numbers on one thread of Zen 5, ms, chunks of 2048, 8192, 32768: 5.12, 5.13,
// 5.11.)
constexpr std::int64_t chunk_elements = 8192;
// Blocks computed side by side: the compiler vectorizes over them. (4, 8, 16 and 32: 4.63, 4.67,
// 5.14, 5.14.)
constexpr std::int64_t group = 8;

// The bits of `count` elements from `first` on; `first` is even.
void many_bits(const Draw& draw, std::uint64_t first, std::int64_t count, std::uint64_t* out) {
  for (std::int64_t done = 0; done < count; done += 2 * group) {
    const std::uint64_t block = (first + static_cast<std::uint64_t>(done)) / 2;
    PhiloxBlock blocks[group];
    for (std::int64_t j = 0; j < group; ++j) {
      const std::uint64_t mine = block + static_cast<std::uint64_t>(j);
      blocks[j] = philox(
          draw.key,
          {static_cast<std::uint32_t>(mine), static_cast<std::uint32_t>(mine >> 32),
           static_cast<std::uint32_t>(draw.number), static_cast<std::uint32_t>(draw.number >> 32)});
    }
    for (std::int64_t j = 0; j < std::min(2 * group, count - done); ++j) {
      const PhiloxBlock& from = blocks[j / 2];
      const std::size_t half = j % 2 * 2;
      out[done + j] = from[half] | std::uint64_t{from[half + 1]} << 32;
    }
  }
}

constexpr std::int64_t buffered = 256;  // (64, 256 and 1024: 5.16, 5.21, 5.16 ms)

// Calls convert(bits, count, out + i) for runs of at most `buffered` elements; `cost` is the rough
// number of operations per element.
template <class T, class Convert>
void fill_runs(T* out, std::int64_t n, const Draw& draw, std::int64_t cost, Convert convert) {
  const std::int64_t chunks = (n + chunk_elements - 1) / chunk_elements;
  parallel_for(chunks, n * cost, [&](std::int64_t chunk) {
    std::uint64_t bits[buffered];
    const std::int64_t end = std::min(n, (chunk + 1) * chunk_elements);
    for (std::int64_t i = chunk * chunk_elements; i < end; i += buffered) {
      const std::int64_t count = std::min(buffered, end - i);
      many_bits(draw, static_cast<std::uint64_t>(i), count, bits);
      convert(bits, count, out + i);
    }
  });
}

// out[i] = convert(bits of element i).
template <class T, class Convert>
void fill(T* out, std::int64_t n, const Draw& draw, std::int64_t cost, Convert convert) {
  fill_runs(out, n, draw, cost, [=](const std::uint64_t* bits, std::int64_t count, T* run) {
    for (std::int64_t j = 0; j < count; ++j) run[j] = convert(bits[j]);
  });
}

constexpr std::int64_t cheap = 4, dear = 16;

std::uint64_t below(std::uint64_t bits, std::uint64_t range) {
  __extension__ using Wide = unsigned __int128;
  return static_cast<std::uint64_t>((Wide{bits} * range) >> 64);
}

// log(x) for a normal x > 0 by 2 atanh((m - 1) / (m + 1)), 1/sqrt(2) <= m < sqrt(2): only IEEE
// operations, so that it has one value everywhere. |s| < 0.172, the first term left out is below
// 2^-58 of the sum.
double portable_log(double x) {
  constexpr std::uint64_t root_half = 0x3FE6A09E667F3BCD;  // the bits of 1/sqrt(2)
  constexpr std::uint64_t mantissa = (std::uint64_t{1} << 52) - 1;
  const std::uint64_t shifted = std::bit_cast<std::uint64_t>(x) - root_half;
  const auto exponent = static_cast<std::int64_t>(shifted) >> 52;
  const double m = std::bit_cast<double>((shifted & mantissa) + root_half);
  const double s = (m - 1) / (m + 1), q = s * s;
  double sum = 0;
  for (int odd = 21; odd >= 3; odd -= 2) sum = sum * q + 1.0 / odd;
  constexpr double ln2_high = 0x1.62e42fefa38p-1, ln2_low = 0x1.ef35793c7673p-45;
  const auto e = static_cast<double>(exponent);
  return e * ln2_high + (2 * s + (2 * s * q * sum + e * ln2_low));
}

template <std::size_t N>
double polynomial(const double (&coefficients)[N], double x) {
  double sum = 0;
  for (std::size_t i = N; i-- > 0;) sum = sum * x + coefficients[i];
  return sum;
}

constexpr double central = 0.425;

// AS 241's rational function for |q| <= 0.425, q = p - 1/2.
double central_quantile(double q) {
  constexpr double a[] = {3.3871328727963666080e0,  1.3314166789178437745e+2,
                          1.9715909503065514427e+3, 1.3731693765509461125e+4,
                          4.5921953931549871457e+4, 6.7265770927008700853e+4,
                          3.3430575583588128105e+4, 2.5090809287301226727e+3};
  constexpr double b[] = {1,
                          4.2313330701600911252e+1,
                          6.8718700749205790830e+2,
                          5.3941960214247511077e+3,
                          2.1213794301586595867e+4,
                          3.9307895800092710610e+4,
                          2.8729085735721942674e+4,
                          5.2264952788528545610e+3};
  const double r = central * central - q * q;
  return q * polynomial(a, r) / polynomial(b, r);
}

// Its two for the tails.
double tail_quantile(double p) {
  constexpr double c[] = {1.42343711074968357734e0,  4.63033784615654529590e0,
                          5.76949722146069140550e0,  3.64784832476320460504e0,
                          1.27045825245236838258e0,  2.41780725177450611770e-1,
                          2.27238449892691845833e-2, 7.74545014278341407640e-4};
  constexpr double d[] = {1,
                          2.05319162663775882187e0,
                          1.67638483018380384940e0,
                          6.89767334985100004550e-1,
                          1.48103976427480074590e-1,
                          1.51986665636164571966e-2,
                          5.47593808499534494600e-4,
                          1.05075007164441684324e-9};
  constexpr double e[] = {6.65790464350110377720e0,  5.46378491116411436990e0,
                          1.78482653991729133580e0,  2.96560571828504891230e-1,
                          2.65321895265761230930e-2, 1.24266094738807843860e-3,
                          2.71155556874348757815e-5, 2.01033439929228813265e-7};
  constexpr double f[] = {1,
                          5.99832206555887937690e-1,
                          1.36929880922735805310e-1,
                          1.48753612908506148525e-2,
                          7.86869131145613259100e-4,
                          1.84631831751005468180e-5,
                          1.42151175831644588870e-7,
                          2.04426310338993978564e-15};
  const double r = std::sqrt(-portable_log(p < 0.5 ? p : 1 - p));
  const double x = r <= 5 ? polynomial(c, r - 1.6) / polynomial(d, r - 1.6)
                          : polynomial(e, r - 5) / polynomial(f, r - 5);
  return p < 0.5 ? -x : x;
}

// The p <= 1/2 with normal_quantile(p) = x <= 0, found by halving the interval of the bit patterns
// of p: the distribution function without an exponential.
double lower_tail(double x) {
  auto low = std::bit_cast<std::uint64_t>(std::numeric_limits<double>::min());
  auto high = std::bit_cast<std::uint64_t>(0.5);
  if (normal_quantile(std::bit_cast<double>(low)) >= x) return 0;
  while (high - low > 1) {
    const std::uint64_t middle = low + (high - low) / 2;
    (normal_quantile(std::bit_cast<double>(middle)) <= x ? low : high) = middle;
  }
  return std::bit_cast<double>(x < 0 ? low : high);
}

}  // namespace

double normal_quantile(double p) {
  return std::fabs(p - 0.5) <= central ? central_quantile(p - 0.5) : tail_quantile(p);
}

template <class T>
void fill_uniform(double lo, double hi, T* out, std::int64_t n, const Draw& draw,
                  const char* operation) {
  const double range = hi - lo;
  if (!(range >= 0) || !std::isfinite(range))
    fail(ErrorKind::value, operation,
         "the bounds must be in order and their distance finite, not {} and {}", lo, hi);
  fill(out, n, draw, cheap, [=](std::uint64_t bits) {
    const T value = static_cast<T>(lo + range * unit(bits));
    if (value < hi || range == 0) return value;
    return std::nextafter(value, -std::numeric_limits<T>::infinity());
  });
}

template <class T>
void fill_normal(double mean, double std, T* out, std::int64_t n, const Draw& draw) {
  if (!std::isfinite(mean) || !std::isfinite(std) || std < 0)
    fail(ErrorKind::value, "normal",
         "the mean must be finite and the standard deviation at least 0, not {} and {}", mean, std);
  // The rational function of the middle is computed for all, so that the compiler vectorizes it.
  fill_runs(out, n, draw, dear, [=](const std::uint64_t* bits, std::int64_t count, T* run) {
    double z[buffered];
    for (std::int64_t j = 0; j < count; ++j) z[j] = central_quantile(open_unit(bits[j]) - 0.5);
    for (std::int64_t j = 0; j < count; ++j) {
      const double p = open_unit(bits[j]);
      if (std::fabs(p - 0.5) > central) z[j] = tail_quantile(p);
    }
    for (std::int64_t j = 0; j < count; ++j) run[j] = static_cast<T>(mean + std * z[j]);
  });
}

template <class T>
void fill_truncated_normal(double mean, double std, double lo, double hi, T* out, std::int64_t n,
                           const Draw& draw, const char* operation) {
  if (!std::isfinite(mean) || !std::isfinite(std) || !(std > 0))
    fail(ErrorKind::value, operation,
         "the mean must be finite and the standard deviation positive, not {} and {}", mean, std);
  if (!(lo < hi))
    fail(ErrorKind::value, operation, "the bounds must be in order, not {} and {}", lo, hi);
  double a = (lo - mean) / std, b = (hi - mean) / std, scale = std;
  if (a > 0) {  // computed in the lower tail, where probabilities keep their digits
    a = std::exchange(b, -a);
    a = -a;
    scale = -std;
  }
  const double first = lower_tail(a);
  const double last = b <= 0 ? lower_tail(b) : 1 - lower_tail(-b);
  if (!(first < last))
    fail(ErrorKind::value, operation,
         "between {} and {} lies no probability that a double can hold, at mean {} and standard "
         "deviation {}: widen the bounds",
         lo, hi, mean, std);
  constexpr double least = std::numeric_limits<double>::min(), most = 1 - 0x1p-53;
  fill(out, n, draw, dear, [=](std::uint64_t bits) {
    const double p = std::clamp(first + (last - first) * open_unit(bits), least, most);
    T value = static_cast<T>(mean + scale * normal_quantile(p));
    if (value > hi) value = static_cast<T>(hi);
    if (value < lo) value = static_cast<T>(lo);
    if (value > hi) value = std::nextafter(value, -std::numeric_limits<T>::infinity());
    if (value < lo) value = std::nextafter(value, std::numeric_limits<T>::infinity());
    return value;
  });
}

template void fill_uniform(double, double, float*, std::int64_t, const Draw&, const char*);
template void fill_uniform(double, double, double*, std::int64_t, const Draw&, const char*);
template void fill_normal(double, double, float*, std::int64_t, const Draw&);
template void fill_normal(double, double, double*, std::int64_t, const Draw&);
template void fill_truncated_normal(double, double, double, double, float*, std::int64_t,
                                    const Draw&, const char*);
template void fill_truncated_normal(double, double, double, double, double*, std::int64_t,
                                    const Draw&, const char*);

void fill_bernoulli(double p, std::uint8_t* out, std::int64_t n, const Draw& draw) {
  if (!(p >= 0 && p <= 1))
    fail(ErrorKind::value, "bernoulli", "the probability must lie in [0, 1], not {}", p);
  const double threshold = p * 0x1p53;
  fill(out, n, draw, cheap, [=](std::uint64_t bits) {
    return static_cast<std::uint8_t>(static_cast<double>(bits >> 11) < threshold);
  });
}

void fill_integers(std::int64_t lo, std::int64_t hi, std::int64_t* out, std::int64_t n,
                   const Draw& draw) {
  if (lo >= hi)
    fail(ErrorKind::value, "randint",
         "the bounds must hold at least one number, low < high, not {} and {}", lo, hi);
  const auto base = static_cast<std::uint64_t>(lo);
  const std::uint64_t range = static_cast<std::uint64_t>(hi) - base;
  fill(out, n, draw, cheap,
       [=](std::uint64_t bits) { return static_cast<std::int64_t>(base + below(bits, range)); });
}

void fill_permutation(std::int64_t* out, std::int64_t n, const Draw& draw) {
  if (n <= 0) return;
  std::iota(out, out + n, std::int64_t{0});
  for (std::int64_t i = n - 1; i > 0; --i) {
    const auto place = static_cast<std::uint64_t>(i);
    std::swap(out[i], out[below(random_bits(draw, place), place + 1)]);
  }
}

}  // namespace internal
}  // namespace attune
