// What the machine can do, measured: multiply-adds in registers, and bytes moved to and from caches
// and memory. The loops are written in bench/limits, once per instruction set.
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

namespace bench {

struct LimitLoops {
  // `rounds` times as many multiply-adds as the returned number of flops says.
  double (*flops_f32)(long rounds);
  double (*flops_f64)(long rounds);
  // a = a + b, the shape of an optimizer's step: 8 bytes read and 4 written an element.
  void (*update)(float* a, const float* b, std::size_t count);
  // The sum, so that reading is not left out.
  float (*read)(const float* a, std::size_t count);
};

// Bytes a second when one pass moves `bytes`, read and written together.
struct Bandwidth {
  double bytes, update, read;
};

struct Limits {
  int threads = 1;
  double flops_f32 = 0, flops_f64 = 0;    // a second
  std::vector<Bandwidth> bandwidth = {};  // rising in bytes
};

// Takes a second or two for each number of threads; `quick` is for smoke tests, and coarse.
Limits measure_limits(int threads, bool quick);

// The least time for so many flops and, after them, so many bytes; 0 where a work states neither.
struct Amounts {
  double flops = 0;
  bool doubles = false;
  double bytes_read = 0, bytes_written = 0;
};
// `measured`: memory's rate, bytes a second, in place of what was measured at the start.
double limit_seconds(const Limits& limits, const Amounts& amounts,
                     std::optional<double> measured = std::nullopt);

// What memory gives for those bytes, of which there are some, now. On a virtual machine it changes
// by half within minutes: it is measured in turn with the libraries that stand beside it.
double measure_rate(int threads, const Amounts& amounts, bool quick);

}  // namespace bench
