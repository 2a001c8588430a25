// Scaled dot-product attention over [batch, heads, length, width]: short rows of many heads, and
// long ones. `both`: and gradients.
#pragma once

#include "bench/steps/operation.hpp"

namespace bench {

template <class Library>
std::vector<Work> attention() {
  using L = Library;
  std::vector<Work> all;
  const struct {
    std::int64_t batch, heads, length, width;
  } shapes[] = {{16, 4, 64, 32}, {2, 8, 256, 64}, {1, 8, 1024, 64}, {1, 1, 4096, 64}};
  for (const auto& [batch, heads, length, width] : shapes) {
    const Sizes sizes{batch, heads, length, width};
    for (const bool causal : {false, true}) {
      const std::string name = "attention/" + std::to_string(batch) + "x" + std::to_string(heads) +
                               "x" + std::to_string(length) + "x" + std::to_string(width) +
                               (causal ? "_causal" : "");
      all.push_back(operation(name, [=] {
        return L::values_of([=, q = L::f32(1, sizes), k = L::f32(2, sizes), v = L::f32(3, sizes)] {
          return L::attend(q, k, v, causal);
        });
      }));
      all.push_back(operation(
          name + "_both",
          [=] {
            return L::gradients_of(
                {L::f32(1, sizes), L::f32(2, sizes), L::f32(3, sizes)}, L::f32(4, sizes),
                [causal](const auto& x) { return L::attend(x[0], x[1], x[2], causal); });
          },
          1e-4));
    }
  }
  return all;
}

}  // namespace bench
