// What every side-by-side program has in common: the list of its works, the numbers that both sides
// begin from, and the figures that their results are compared by. Each folder beside this file is
// one program of one library: its works, library.cpp, and the main that all share.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

namespace bench {

// A work that is ready to run.
struct Step {
  std::function<void()> once;
  // Figures of what has been computed so far, for the comparison with another library.
  std::function<std::vector<double>()> result;
};

// What attune holds itself to in a work; 0 where it promises nothing. The runner says of each row
// whether it keeps it. At one thread unless said otherwise.
struct Bars {
  double ratio = 0;             // the best peer's time / attune's, at least
  double ratio_threads = 0;     // the same at more threads
  double of_limit = 0;          // attune's time / what the machine could do it in, at most
  double of_limit_threads = 0;  // the same at more threads
  double seconds = 0;           // at most
  double scaling = 0;           // time at one thread / time at two, at least
  double memory = 0;            // attune's peak / the best peer's, at most
  double mean = 0, low = 0;     // of a family's ratios: geometric mean and 5th percentile, at least
};

// The bar of scaling of a single operation, by the one of its ratio: what memory bounds (a sum, an
// addition) promises neither, for it gives two threads less than twice as much.
inline double operation_scaling(double ratio) { return ratio > 0 ? 1.8 : 0; }

struct Work {
  std::string name;  // "family" or "family/variant"; the family is the name of its file
  int calls = 1;     // of `once` before the result is taken
  double bound = 0;  // of the largest relative difference between two libraries' results
  double flops = 0;  // of one call, where that is a figure people know; 0 elsewhere
  std::function<Step()> prepare = {};

  // What bounds a call besides `flops`: memory that it cannot but read and write.
  double bytes_read = 0, bytes_written = 0;
  bool doubles = false;  // flops of f64
  Bars bars = {};
  bool together = false;  // with the others of its family in one process: many short works
  bool detail = false;    // run only when asked for by a filter, or with all
  double amount = 0;      // of work, where the family shows how time grows with it
};

std::vector<Work>& works();  // of this program

// A file of works says `const Registered mine{...};` at namespace scope.
struct Registered {
  explicit Registered(std::vector<Work> more) {
    for (Work& work : more) works().push_back(std::move(work));
  }
};

// In library.cpp: name and version ("libtorch-1.13"), and how many threads its works may use.
std::string library();
void use_threads(int count);

// `count` numbers in [low, high) that look random: splitmix64, the upper 24 bits of each.
inline std::vector<float> numbers(std::uint64_t seed, std::size_t count, float low, float high) {
  std::vector<float> values(count);
  std::uint64_t state = seed;
  for (float& value : values) {
    std::uint64_t bits = state += 0x9e3779b97f4a7c15;
    bits = (bits ^ bits >> 30) * 0xbf58476d1ce4e5b9;
    bits = (bits ^ bits >> 27) * 0x94d049bb133111eb;
    bits ^= bits >> 31;
    value = low + (high - low) * static_cast<float>(bits >> 40) * 0x1p-24F;
  }
  return values;
}

// `count` classes of 0..classes-1.
inline std::vector<std::int64_t> labels(std::uint64_t seed, std::size_t count, int classes) {
  std::vector<std::int64_t> chosen;
  for (const float value : numbers(seed, count, 0, static_cast<float>(classes)))
    chosen.push_back(static_cast<std::int64_t>(value));
  return chosen;
}

// The parameter number `index` of a model, whose first size is `units`: uniform with variance 1
// over the inputs of a unit. A vector, a bias, is taken for one unit.
inline std::vector<float> parameter(std::uint64_t index, std::int64_t count, std::int64_t units) {
  const std::int64_t inputs = count == units ? count : count / units;
  const auto bound = static_cast<float>(std::sqrt(3.0 / static_cast<double>(inputs)));
  return numbers(1000 + index, static_cast<std::size_t>(count), -bound, bound);
}

// Sums that tell two arrays apart: of sizes, of squares, and one in which the place counts. What is
// above 0 counts twice, so that a sign is seen; sums of both signs would cancel, and rounding show.
template <class T>
void append_sums_of(std::span<const T> values, std::vector<double>& result) {
  double sizes = 0, squares = 0, placed = 0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const double value = values[i] > 0 ? 2.0 * values[i] : -1.0 * values[i];
    sizes += value;
    squares += value * value;
    placed += value * static_cast<double>(i + 1) / static_cast<double>(values.size());
  }
  for (const double sum : {sizes, squares, placed}) result.push_back(sum);
}

inline void append_sums(std::span<const float> values, std::vector<double>& result) {
  append_sums_of(values, result);
}
inline void append_sums(std::span<const double> values, std::vector<double>& result) {
  append_sums_of(values, result);
}

}  // namespace bench
