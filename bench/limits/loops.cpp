// The loops that limits are measured by. Compiled once per instruction set, see
// core/simd/unit.hpp.
#include <utility>

#include "bench/runner/limits.hpp"
#include "core/simd/unit.hpp"

namespace attune::internal {
namespace {

// Chains of multiply-adds that do not wait for each other: more than latency times ports (4 x 2),
// fewer than there are registers of SSE2 and AVX2.
constexpr int chains = 12;

template <class T>
double flops(long rounds) {
  Batch<T> sums[chains];
  for (int i = 0; i < chains; ++i) sums[i] = Batch<T>(static_cast<T>(i));
  const Batch<T> factor(static_cast<T>(0.999)), term(static_cast<T>(0.001));
  const auto once = [&]<std::size_t... i>(std::index_sequence<i...>) {
    ((sums[i] = fma<T>(sums[i], factor, term)), ...);  // written out: the sums stay in registers
  };
  for (long round = 0; round < rounds; ++round) once(std::make_index_sequence<chains>());
  Batch<T> all = sums[0];
  for (int i = 1; i < chains; ++i) all = all + sums[i];
  volatile T kept = all.get(0);
  static_cast<void>(kept);
  return 2.0 * chains * lanes<T> * static_cast<double>(rounds);
}

void update(float* a, const float* b, std::size_t count) {
  constexpr std::size_t width = lanes<float>;
  for (std::size_t i = 0; i + width <= count; i += width)
    (Batch<float>::load_unaligned(a + i) + Batch<float>::load_unaligned(b + i))
        .store_unaligned(a + i);
}

float read(const float* a, std::size_t count) {
  constexpr std::size_t width = lanes<float>, at_once = 8;
  Batch<float> sums[at_once];
  for (Batch<float>& sum : sums) sum = Batch<float>(0.F);
  const auto once = [&]<std::size_t... j>(const float* from, std::index_sequence<j...>) {
    ((sums[j] = sums[j] + Batch<float>::load_unaligned(from + j * width)), ...);
  };
  for (std::size_t i = 0; i + at_once * width <= count; i += at_once * width)
    once(a + i, std::make_index_sequence<at_once>());
  for (std::size_t j = 1; j < at_once; ++j) sums[0] = sums[0] + sums[j];
  return sums[0].get(0);
}

}  // namespace

void ATTUNE_UNIT_FUNCTION(bench::LimitLoops& loops) {
  loops = {flops<float>, flops<double>, update, read};
}

}  // namespace attune::internal
