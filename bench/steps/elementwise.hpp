// Elementwise operations: types, broadcasting, strides. 1024x1024 unless the name says `large`.
#pragma once

#include "bench/steps/operation.hpp"

namespace bench {

template <class Library>
std::vector<Work> elementwise() {
  using L = Library;
  const auto two = [](auto make, auto f) {
    return [=] { return L::values_of([=, a = make(1), b = make(2)] { return f(a, b); }); };
  };
  const auto f32 = [](int seed) { return L::f32(seed, middle); };
  const auto f32_large = [](int seed) { return L::f32(seed, large); };
  const auto f64 = [](int seed) { return L::f64(seed, middle); };
  const auto i64 = [](int seed) { return L::i64(seed, middle, 100); };
  const auto i32 = [](int seed) { return L::i32(seed, middle, 100); };
  const auto u8 = [](int seed) { return L::u8(seed, middle, 100); };
  const auto flag = [](int seed) { return L::boolean(seed, middle); };
  const auto add_ = [](const auto& a, const auto& b) { return add(a, b); };
  const auto mul_ = [](const auto& a, const auto& b) { return mul(a, b); };
  const auto lt_ = [](const auto& a, const auto& b) { return lt(a, b); };
  const auto max_ = [](const auto& a, const auto& b) { return maximum(a, b); };
  const auto modulo = [](const auto& a, const auto& b) { return remainder(a, add(b, 1)); };
  const auto turned = [](const auto& a, const auto& b) { return add(a, transpose(b, 0, 1)); };
  return {
      moving(2, 1, operation("elementwise/add_large", two(f32_large, add_))),
      moving(1, 1,
             operation("elementwise/add_row_large",
                       [] {
                         return L::values_of(
                             [a = L::f32(1, large), b = L::f32(2, {1024})] { return add(a, b); });
                       })),
      operation("elementwise/add_column_large",
                [] {
                  return L::values_of(
                      [a = L::f32(1, large), b = L::f32(2, {4096, 1})] { return add(a, b); });
                }),
      moving(1, 1,
             operation("elementwise/relu_large",
                       [] { return L::values_of([a = L::f32(1, large)] { return relu(a); }); })),
      operation("elementwise/add", two(f32, add_)),
      operation("elementwise/add_number",
                [] { return L::values_of([a = L::f32(1, middle)] { return add(a, 0.5); }); }),
      operation("elementwise/add_transposed", two(f32, turned)),
      operation("elementwise/add_every_other",
                [] {
                  return L::values_of([a = slice(L::f32(1, {1024, 2048}), 1, 0, 2048, 2),
                                       b = L::f32(2, middle)] { return add(a, b); });
                }),
      operation("elementwise/add_narrow_rows",
                [] {
                  return L::values_of(
                      [a = L::f32(1, {65536, 16}), b = L::f32(2, {16})] { return add(a, b); });
                }),
      operation("elementwise/add_images",
                [] {  // one value for each channel of 16x16 pixels
                  return L::values_of([a = L::f32(1, {64, 64, 16, 16}), b = L::f32(2, {64, 1, 1})] {
                    return add(a, b);
                  });
                }),
      operation("elementwise/add_channels_last",
                [] {
                  return L::values_of([a = permute(L::f32(1, {64, 16, 16, 64}), {0, 3, 1, 2}),
                                       b = L::f32(2, {64, 64, 16, 16})] { return add(a, b); });
                }),
      operation("elementwise/add_f64", two(f64, add_)),
      operation("elementwise/add_i64", two(i64, add_)),
      operation("elementwise/add_i32", two(i32, add_)),
      operation("elementwise/add_u8", two(u8, add_)),
      operation("elementwise/mul_i64", two(i64, mul_)),
      operation("elementwise/maximum_i64", two(i64, max_)),
      operation("elementwise/neg_i64",
                [] { return L::values_of([a = L::i64(1, middle, 100)] { return neg(a); }); }),
      operation("elementwise/less", two(f32, lt_)),
      operation("elementwise/less_f64", two(f64, lt_)),
      operation("elementwise/less_i64", two(i64, lt_)),
      operation("elementwise/less_u8", two(u8, lt_)),
      operation("elementwise/less_number",
                [] { return L::values_of([a = L::f32(1, middle)] { return lt(a, 0.25); }); }),
      operation("elementwise/less_row",
                [] {
                  return L::values_of(
                      [a = L::f32(1, middle), b = L::f32(2, {1024})] { return lt(a, b); });
                }),
      operation("elementwise/isnan",
                [] { return L::values_of([a = L::f32(1, middle)] { return isnan(a); }); }),
      operation("elementwise/where",
                [] {
                  return L::values_of([c = L::boolean(3, middle), a = L::f32(1, middle),
                                       b = L::f32(2, middle)] { return where(c, a, b); });
                }),
      operation("elementwise/where_row",
                [] {
                  return L::values_of([c = L::boolean(3, middle), a = L::f32(1, middle),
                                       b = L::f32(2, {1024})] { return where(c, a, b); });
                }),
      operation("elementwise/where_i64",
                [] {
                  return L::values_of([c = L::boolean(3, middle), a = L::i64(1, middle, 9),
                                       b = L::i64(2, middle, 9)] { return where(c, a, b); });
                }),
      operation("elementwise/masked_fill",
                [] {
                  return L::values_of([c = L::boolean(3, middle), a = L::f32(1, middle)] {
                    return masked_fill(a, c, -1.0);
                  });
                }),
      operation("elementwise/logical_and",
                two(flag, [](const auto& a, const auto& b) { return logical_and(a, b); })),
      operation(
          "elementwise/logical_not",
          [] { return L::values_of([a = L::boolean(1, middle)] { return logical_not(a); }); }),
      operation("elementwise/bitwise_xor_i64",
                two(i64, [](const auto& a, const auto& b) { return bitwise_xor(a, b); })),
      operation("elementwise/remainder", two(f32, modulo), 1e-3),
      operation("elementwise/remainder_i64", two(i64, modulo)),
      operation("elementwise/floor",
                [] { return L::values_of([a = L::f32(1, middle)] { return floor(a); }); }),
      operation("elementwise/to_f32_from_u8",
                [] { return L::values_of([a = L::u8(1, middle, 100)] { return L::to_f32(a); }); }),
      operation("elementwise/to_f32_from_i64",
                [] { return L::values_of([a = L::i64(1, middle, 100)] { return L::to_f32(a); }); }),
      operation("elementwise/add_both",
                [] {
                  return L::gradients_of({L::f32(1, middle), L::f32(2, {1024})}, L::f32(3, middle),
                                         [](const auto& x) { return add(x[0], x[1]); });
                }),
      operation("elementwise/mul_both",
                [] {
                  return L::gradients_of({L::f32(1, middle), L::f32(2, middle)}, L::f32(3, middle),
                                         [](const auto& x) { return mul(x[0], x[1]); });
                }),
      operation("elementwise/relu_both",
                [] {
                  return L::gradients_of({L::f32(1, middle)}, L::f32(3, middle),
                                         [](const auto& x) { return relu(x[0]); });
                }),
  };
}

}  // namespace bench
