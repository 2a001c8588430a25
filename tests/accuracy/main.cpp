// attune_accuracy: by how many units of the last place each kernel is off, on every instruction set
// of this machine, as a table. Status 1 where a bound is broken, 2 where it was asked for what
// cannot be.
//   attune_accuracy                a sample, some seconds
//   attune_accuracy --every 1      all 2^32 arguments of f32, 10^8 of f64; two minutes a function
//   attune_accuracy --every 64     every 64th of them
#include <CLI/CLI.hpp>
#include <algorithm>
#include <atomic>
#include <attune/error.hpp>
#include <attune/threads.hpp>
#include <bit>
#include <cmath>
#include <cstdio>
#include <limits>
#include <mutex>
#include <optional>
#include <regex>
#include <string>
#include <vector>

#include "core/parallel.hpp"
#include "tests/accuracy/accuracy.hpp"

namespace attune::accuracy {
namespace {

using internal::Kernels;

constexpr std::int64_t block = 1 << 14;

std::uint64_t mixed(std::uint64_t bits) {  // splitmix64
  bits = (bits + 1) * 0x9e3779b97f4a7c15;
  bits = (bits ^ bits >> 30) * 0xbf58476d1ce4e5b9;
  bits = (bits ^ bits >> 27) * 0x94d049bb133111eb;
  return bits ^ bits >> 31;
}

// Half of the numbers have any bits, the others sizes from 2^-20 to 2^12, where functions bend.
template <class T>
T drawn(std::uint64_t number) {
  using Word = std::conditional_t<sizeof(T) == 4, std::uint32_t, std::uint64_t>;
  const std::uint64_t bits = mixed(number);
  if (number % 2 == 0) return std::bit_cast<T>(static_cast<Word>(bits));
  const double fraction = 1 + static_cast<double>(bits >> 12) * 0x1p-52;
  const int exponent = static_cast<int>(mixed(bits) % 32) - 20;
  return static_cast<T>(std::ldexp(number % 4 == 1 ? fraction : -fraction, exponent));
}

// Of powers: half the pairs have a result within the range.
template <class T>
void draw_pair(std::uint64_t number, T& a, T& b) {
  a = drawn<T>(2 * number);
  b = drawn<T>(2 * number + 1);
  if (number % 2 == 0) return;
  a = std::fabs(a);
  const double exponent = std::log2(static_cast<double>(a));
  const double most = std::numeric_limits<T>::max_exponent * 1.1;
  b = static_cast<T>((static_cast<double>(mixed(~number)) * 0x1p-63 - 1) * most / exponent);
  if (number % 4 == 1) b = std::nearbyint(b), a = -a;
}

// Of other functions: half the pairs have sizes whose ratio is from 2^-20 to 2^12.
template <class T>
void draw_beside(std::uint64_t number, T& a, T& b) {
  a = drawn<T>(2 * number);
  b = drawn<T>(2 * mixed(number) + 1);
  if (number % 2 == 1) b *= a;
}

// The number of a run of arguments: the hard cases first, then what is drawn or counted.
template <class T>
struct Arguments {
  const Function& function;
  std::int64_t count;
  std::uint32_t stride;  // of the bits of f32
  const std::vector<T>& hard;

  std::int64_t size() const { return static_cast<std::int64_t>(hard.size()) + count; }
  void get(std::int64_t i, T& a, T& b) const {
    const auto all = static_cast<std::int64_t>(hard.size());
    b = 1;
    if (i < all) {
      a = hard[static_cast<std::size_t>(i)];
      if (function.operands == 2) b = hard[mixed(static_cast<std::uint64_t>(i)) % hard.size()];
    } else if (function.operands == 2) {
      const auto draw = function.name == "pow" ? draw_pair<T> : draw_beside<T>;
      draw(static_cast<std::uint64_t>(i), a, b);
    } else if constexpr (sizeof(T) == 4) {
      a = std::bit_cast<float>(static_cast<std::uint32_t>(i - all) * stride);
    } else {
      a = drawn<T>(static_cast<std::uint64_t>(i));
    }
  }
};

template <class T>
struct Worst {
  double error = 0;
  T a{}, b{}, got{};
  void join(const Worst& other) {
    if (other.error > error) *this = other;
  }
};

// The unit of the last place of a normal number of T, by its exponent.
template <class T>
double unit_of(double size) {
  constexpr std::uint64_t exponents = std::uint64_t{0x7ff} << 52;
  const std::uint64_t exponent = std::bit_cast<std::uint64_t>(size) & exponents;
  return std::bit_cast<double>(exponent -
                               (std::uint64_t{std::numeric_limits<T>::digits - 1} << 52));
}
template <class T>
long double unit_of(long double size) {
  return std::ldexp(1.0L, std::ilogb(size) + 1 - std::numeric_limits<T>::digits);
}

// Units in the last place of T between a result and the exact value, rounded nowhere: an infinite
// result counts as the power of two behind the largest number. Infinite for NaN against a number,
// and for a zero of the wrong sign but where f changes its sign; NaN for two of them.
template <class T, class Wide>
double error_of(T got, Wide want, double smallest, bool either_zero) {
  using Limits = std::numeric_limits<T>;
  constexpr Wide most = Limits::max(), top = most / (1 - Wide(Limits::epsilon()) / 2);
  const Wide exact = want > most ? std::min(want, top) : want < -most ? std::max(want, -top) : want;
  const Wide value = got > most ? top : got < -most ? -top : Wide(got);
  const Wide size =
      std::min(std::max(std::fabs(exact), std::max(Wide(smallest), Wide(Limits::min()))), most);
  const double error = static_cast<double>(std::fabs(value - exact) / unit_of<T>(size));
  const bool other_kind = std::isnan(got) != std::isnan(want);
  const bool other_zero =
      !either_zero && (got == 0 || want == 0) && std::signbit(got) != std::signbit(want);
  return other_kind || other_zero ? std::numeric_limits<double>::infinity() : error;
}

// Whether a few results may be off by more, or are zeros, infinities or NaN, which want a closer
// look: without branches, as most of 2^32 arguments pass here only.
constexpr std::int64_t few = 64;
bool any_worse(const float* got, const double* want, double error) {
  constexpr double smallest = std::numeric_limits<float>::min();
  int any = 0;
  for (std::int64_t i = 0; i < few; ++i) {
    const double size = std::fabs(want[i]), off = std::fabs(got[i] - want[i]);
    const double unit = unit_of<float>(size < smallest ? smallest : size);
    any |= off <= error * unit ? 0 : 1;
    any |= got[i] == 0 ? 1 : 0;
  }
  return any != 0;
}

template <class T, class Wide>
std::vector<Worst<T>> measure(const Function& function, Kernel<T> kernel,
                              Reference<T, Wide> reference, const Arguments<T>& arguments,
                              const std::vector<std::string>& isas, bool progress) {
  std::vector<Worst<T>> worst(isas.size());
  std::mutex joining;
  std::atomic<std::int64_t> done = 0;
  const std::int64_t blocks = (arguments.size() + block - 1) / block;
  internal::parallel_for(blocks, arguments.size() * 100, [&](std::int64_t chunk) {
    thread_local std::vector<T> a(block), b(block), got(block);
    thread_local std::vector<Wide> want(block);
    const std::int64_t begin = chunk * block, n = std::min(block, arguments.size() - begin);
    for (std::int64_t i = 0; i < n; ++i) arguments.get(begin + i, a[i], b[i]);
    reference(n, a.data(), b.data(), want.data());
    for (std::size_t isa = 0; isa < isas.size(); ++isa) {
      kernel(internal::kernels_for(isas[isa]).of<T>(), n, a.data(), b.data(), got.data());
      Worst<T> found;
      for (std::int64_t i = 0; i < n; ++i) {
        if constexpr (sizeof(T) == 4) {
          if (i % few == 0 && i + few <= n && !any_worse(&got[i], &want[i], found.error)) {
            i += few - 1;
            continue;
          }
        }
        const double smallest = a[i] > -4 && a[i] < 0 ? function.crossing : 0;
        const double error = error_of<T, Wide>(got[i], want[i], smallest, function.crossing > 0);
        if (error > found.error) found = {error, a[i], b[i], got[i]};
      }
      const std::lock_guard guard(joining);
      worst[isa].join(found);
    }
    if (progress && ++done % 1024 == 0)
      std::fprintf(stderr, "\r%s f%d: %3.0f %% ", function.name.c_str(),
                   static_cast<int>(8 * sizeof(T)),
                   100 * static_cast<double>(done) / static_cast<double>(blocks));
  });
  if (progress) std::fprintf(stderr, "\r%40s\r", "");
  return worst;
}

// The errors, one of each instruction set, and where the largest is. Whether all are in the bound.
template <class T>
bool print(const Function& function, const std::vector<Worst<T>>& worst) {
  Worst<T> largest;
  std::printf("| %s | f%d |", function.name.c_str(), static_cast<int>(8 * sizeof(T)));
  for (const Worst<T>& one : worst) {
    std::printf(" %.3f |", one.error);
    largest.join(one);
  }
  std::printf(" %g | %a", function.bound, static_cast<double>(largest.a));
  if (function.operands == 2) std::printf(", %a", static_cast<double>(largest.b));
  const bool held = largest.error <= function.bound;
  if (!held) std::printf(" gives %a", static_cast<double>(largest.got));
  std::printf(" |\n");
  std::fflush(stdout);
  return held;
}

// The functions with `filter` in their names; at least one, or a table of nothing would pass for
// bounds that hold.
std::vector<Function> functions_with(const std::string& filter) {
  std::vector<Function> found;
  std::string all;
  try {
    const std::regex pattern(filter);
    for (const Function& function : functions()) {
      if (std::regex_search(function.name, pattern)) found.push_back(function);
      all += (all.empty() ? "" : ", ") + function.name;
    }
  } catch (const std::regex_error& error) {
    throw Error(ErrorKind::value,
                "--filter: expected a regular expression (ECMAScript's), not \"" + filter + "\": " +
                    error.what() + ". To mean a sign itself, put a backslash before it: \"\\(\"");
  }
  if (found.empty())
    throw Error(ErrorKind::value,
                "--filter: expected what is found in the name of a function, not \"" + filter +
                    "\": take a part of one of " + all);
  return found;
}

int run(int count, char** words) {
  CLI::App app("How many units of the last place each kernel is off, on every instruction set.");
  std::string filter;
  std::uint32_t stride = 16411;  // a prime: all low and high parts of the bits occur
  std::optional<int> threads_wanted;
  app.add_option("--filter", filter,
                 "only the functions in whose names this regular expression is found");
  app.add_option("--every", stride, "1: all arguments of f32, 10^8 of f64; N: every Nth of them")
      ->check(CLI::Range(1, 1000000));
  app.add_option("--threads", threads_wanted, "1 or more; without it as many as there are cores");
  CLI11_PARSE(app, count, words);
  std::vector<Function> chosen;
  try {
    if (threads_wanted) threads(*threads_wanted);
    chosen = functions_with(filter);
  } catch (const Error& error) {
    std::fprintf(stderr, "attune_accuracy: %s\n", error.what());
    return 2;
  }
  const std::vector<std::string> isas = internal::available_isas();
  std::printf("| function | type |");
  for (const std::string& isa : isas) std::printf(" %s |", isa.c_str());
  std::printf(" bound | worst at |\n|---|---|");
  for (std::size_t i = 0; i < isas.size(); ++i) std::printf("--:|");
  std::printf("--:|---|\n");
  const std::vector<float> hard_f32 = hard_cases<float>();
  const std::vector<double> hard_f64 = hard_cases<double>();
  const std::int64_t pairs = std::max((std::int64_t{1} << 30) / stride, std::int64_t{1} << 17);
  const std::int64_t of_f64 = std::max(std::int64_t{100'000'000} / stride, std::int64_t{1} << 15);
  const bool progress = stride < 1000;
  bool held = true;
  for (const Function& function : chosen) {
    const std::int64_t of_f32 = function.operands == 2 ? pairs : (std::int64_t{1} << 32) / stride;
    held &= print(function,
                  measure<float, double>(function, function.f32, function.wide_of_f32,
                                         {function, of_f32, stride, hard_f32}, isas, progress));
    held &= print(function,
                  measure<double, long double>(function, function.f64, function.wide_of_f64,
                                               {function, of_f64, 1, hard_f64}, isas, progress));
  }
  return held ? EXIT_SUCCESS : EXIT_FAILURE;
}

}  // namespace
}  // namespace attune::accuracy

int main(int count, char** words) { return attune::accuracy::run(count, words); }
