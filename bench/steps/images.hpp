// Operations on images [64, 64, 16, 16]: batch norm and averages of windows. `both`: and gradients.
#pragma once

#include "bench/steps/operation.hpp"

namespace bench {

template <class Library>
std::vector<Work> images() {
  using L = Library;
  const Sizes sizes{64, 64, 16, 16}, halved{64, 64, 8, 8};
  return {
      operation("images/batch_norm",
                [=] {
                  return L::values_of([x = L::f32(1, sizes), a = L::f32(2, {64}),
                                       b = L::f32(3, {64})] { return L::batch_norm(x, a, b); });
                }),
      operation(
          "images/batch_norm_both",
          [=] {
            return L::gradients_of({L::f32(1, sizes), L::f32(2, {64}), L::f32(3, {64})},
                                   L::f32(4, sizes),
                                   [](const auto& x) { return L::batch_norm(x[0], x[1], x[2]); });
          },
          1e-3),
      operation(
          "images/batch_norm_vectors_both",
          [=] {
            return L::gradients_of({L::f32(1, {4096, 256}), L::f32(2, {256}), L::f32(3, {256})},
                                   L::f32(4, {4096, 256}),
                                   [](const auto& x) { return L::batch_norm(x[0], x[1], x[2]); });
          },
          1e-3),
      operation("images/batch_norm_evaluation",
                [=] {
                  return L::values_of(
                      [x = L::f32(1, sizes), m = L::f32(5, {64}), v = L::f32(6, {64}, 1, 2),
                       a = L::f32(2, {64}),
                       b = L::f32(3, {64})] { return L::batch_norm_evaluation(x, m, v, a, b); });
                }),
      operation("images/average",
                [=] { return L::values_of([x = L::f32(1, sizes)] { return L::average(x); }); }),
      operation("images/average_both",
                [=] {
                  return L::gradients_of({L::f32(1, sizes)}, L::f32(2, halved),
                                         [](const auto& x) { return L::average(x[0]); });
                }),
      operation("images/average_all",
                [=] { return L::values_of([x = L::f32(1, sizes)] { return L::average_all(x); }); }),
      operation("images/average_all_both",
                [=] {
                  return L::gradients_of({L::f32(1, sizes)}, L::f32(2, {64, 64, 1, 1}),
                                         [](const auto& x) { return L::average_all(x[0]); });
                }),
  };
}

}  // namespace bench
