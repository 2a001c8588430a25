// Reductions over all, over rows (of a column each: axis 0), within rows (axis 1).
#pragma once

#include "bench/steps/operation.hpp"

namespace bench {

template <class Library>
std::vector<Work> reduce() {
  using L = Library;
  std::vector<Work> all;
  const auto add = [&all](const char* name, auto make, auto f) {
    all.push_back(operation(
        std::string("reduce/") + name,
        [=] { return L::values_of([f, x = make()] { return f(x); }); }, 1e-4));
  };
  const auto f32 = [] { return L::f32(1, large, 0, 1); };
  const auto i64 = [] { return L::i64(1, middle, 100); };
  const auto add_large = [&](const char* name, double ratio, auto f) {
    add(name, f32, f);
    all.back() = moving(1, 0, std::move(all.back()), ratio);
  };
  add_large("sum", 0, [](const auto& x) { return sum(x); });
  add_large("columns", 2, [](const auto& x) { return sum(x, {0}); });
  add_large("rows", 0, [](const auto& x) { return sum(x, {1}); });
  add("mean", f32, [](const auto& x) { return mean(x); });
  add("max", f32, [](const auto& x) { return max(x); });
  add("amax_rows", f32, [](const auto& x) { return amax(x, {1}); });
  add("amax_columns", f32, [](const auto& x) { return amax(x, {0}); });
  add("argmax", f32, [](const auto& x) { return argmax(x, 1); });
  add("argmax_columns", f32, [](const auto& x) { return argmax(x, 0); });
  add(
      "argmax_narrow",
      [] {
        return L::f32(1, {65536, 10});
      },
      [](const auto& x) { return argmax(x, 1); });
  add(
      "rows_narrow",
      [] {
        return L::f32(1, {65536, 10}, 0, 1);
      },
      [](const auto& x) { return sum(x, {1}); });
  const auto pairs = [] { return L::f32(1, {524288, 2}, 0.9F, 1.1F); };
  const auto eights = [] { return L::f32(1, {131072, 8}, 0.9F, 1.1F); };
  add("sum_eights", eights, [](const auto& x) { return sum(x, {1}); });
  add("amax_pairs", pairs, [](const auto& x) { return amax(x, {1}); });
  add("amax_eights", eights, [](const auto& x) { return amax(x, {1}); });
  add("prod_pairs", pairs, [](const auto& x) { return prod(x, 1); });
  add(
      "channels",
      [] {
        return L::f32(1, {64, 64, 16, 16}, 0, 1);
      },
      [](const auto& x) {
        return sum(x, {0, 2, 3});
      });
  add(
      "sum_transposed", [] { return transpose(L::f32(1, middle, 0, 1), 0, 1); },
      [](const auto& x) { return sum(x, {1}); });
  add("sum_i64", i64, [](const auto& x) { return sum(x); });
  add("columns_i64", i64, [](const auto& x) { return sum(x, {0}); });
  add("rows_i64", i64, [](const auto& x) { return sum(x, {1}); });
  add("max_i64", i64, [](const auto& x) { return max(x); });
  add(
      "sum_bool", [] { return L::boolean(1, middle); }, [](const auto& x) { return sum(x); });
  add(
      "any_rows", [] { return L::boolean(1, middle); }, [](const auto& x) { return any(x, 1); });
  add(
      "prod_rows", [] { return L::f32(1, middle, 0.9F, 1.1F); },
      [](const auto& x) { return prod(x, 1); });
  add("var_rows", f32, [](const auto& x) { return L::variance(x); });
  add("norm", f32, [](const auto& x) { return L::norm(x); });
  // attune adds squares in double. PyTorch adds them in f32 and is 8e-5 off what f64 finds (2.15,
  // on this many numbers; of the square root of its sum of squares it is 3e-9).
  all.back().bound = 1e-3;
  return all;
}

}  // namespace bench
