// What moves elements: transposition, permutation, joining, choosing by indices. `both`: and
// gradients.
#pragma once

#include "bench/steps/operation.hpp"

namespace bench {

template <class Library>
std::vector<Work> move() {
  using L = Library;
  return {
      moving(1, 1,
             operation("move/transpose",
                       [] {
                         return L::values_of(
                             [x = L::f32(1, large)] { return transpose(x, 0, 1).contiguous(); });
                       }),
             2),
      operation("move/transpose_f64",
                [] {
                  return L::values_of(
                      [x = L::f64(1, middle)] { return transpose(x, 0, 1).contiguous(); });
                }),
      operation("move/transpose_u8",
                [] {
                  return L::values_of(
                      [x = L::u8(1, large, 100)] { return transpose(x, 0, 1).contiguous(); });
                }),
      operation("move/transpose_odd",
                [] {
                  return L::values_of(
                      [x = L::f32(1, {1031, 1023})] { return transpose(x, 0, 1).contiguous(); });
                }),
      operation("move/permute_channels",
                [] {
                  return L::values_of([x = L::f32(1, {64, 64, 16, 16})] {
                    return permute(x, {0, 2, 3, 1}).contiguous();
                  });
                }),
      operation("move/permute_heads",
                [] {
                  return L::values_of([x = L::f32(1, {16, 256, 8, 32})] {
                    return permute(x, {0, 2, 1, 3}).contiguous();
                  });
                }),
      operation("move/permute_reversed",
                [] {
                  return L::values_of([x = L::f32(1, {64, 128, 128})] {
                    return permute(x, {2, 1, 0}).contiguous();
                  });
                }),
      operation("move/every_other",
                [] {
                  return L::values_of([x = slice(L::f32(1, {1024, 2048}), 1, 0, 2048, 2)] {
                    return x.contiguous();
                  });
                }),
      operation("move/flip",
                [] { return L::values_of([x = L::f32(1, middle)] { return flip(x, {1}); }); }),
      operation("move/gather",
                [] {
                  return L::values_of([x = L::f32(1, middle), i = L::i64(2, middle, 1024)] {
                    return gather(x, 1, i);
                  });
                }),
      operation("move/gather_rows",
                [] {
                  return L::values_of([x = L::f32(1, middle), i = L::i64(2, middle, 1024)] {
                    return gather(x, 0, i);
                  });
                }),
      operation("move/gather_both",
                [] {
                  return L::gradients_of(
                      {L::f32(1, middle)}, L::f32(3, middle),
                      [i = L::i64(2, middle, 1024)](const auto& x) { return gather(x[0], 1, i); });
                }),
      operation("move/index_select",
                [] {
                  return L::values_of([x = L::f32(1, large), i = L::i64(2, {4096}, 4096)] {
                    return index_select(x, 0, i);
                  });
                }),
      operation("move/index_select_columns",
                [] {
                  return L::values_of([x = L::f32(1, middle), i = L::i64(2, {1024}, 1024)] {
                    return index_select(x, 1, i);
                  });
                }),
      operation("move/index_select_both",
                [] {
                  return L::gradients_of({L::f32(1, large)}, L::f32(3, large),
                                         [i = L::i64(2, {4096}, 4096)](const auto& x) {
                                           return index_select(x[0], 0, i);
                                         });
                }),
      operation("move/embedding",
                [] {
                  return L::values_of(
                      [w = L::f32(1, {10000, 128}), i = L::i64(2, {64, 64}, 10000)] {
                        return L::embedding(i, w);
                      });
                }),
      operation("move/embedding_both",
                [] {
                  return L::gradients_of({L::f32(1, {10000, 128})}, L::f32(3, {64, 64, 128}),
                                         [i = L::i64(2, {64, 64}, 10000)](const auto& x) {
                                           return L::embedding(i, x[0]);
                                         });
                }),
      operation("move/cat_rows",
                [] {
                  return L::values_of([x = L::f32(1, middle), y = L::f32(2, middle)] {
                    return L::cat({x, y}, 0);
                  });
                }),
      operation("move/cat_columns",
                [] {
                  return L::values_of([x = L::f32(1, middle), y = L::f32(2, middle)] {
                    return L::cat({x, y}, 1);
                  });
                }),
      operation("move/cat_narrow",
                [] {
                  return L::values_of([x = L::f32(1, {65536, 8}), y = L::f32(2, {65536, 8})] {
                    return L::cat({x, y}, 1);
                  });
                }),
      operation(
          "move/one_hot",
          [] { return L::values_of([i = L::i64(2, {65536}, 10)] { return L::one_hot(i, 10); }); }),
  };
}

}  // namespace bench
