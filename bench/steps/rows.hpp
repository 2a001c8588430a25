// Operations over rows: softmax, its logarithm, cross-entropy, layer norm. `both`: and gradients.
#pragma once

#include "bench/steps/operation.hpp"

namespace bench {

template <class Library>
std::vector<Work> rows() {
  using L = Library;
  std::vector<Work> all;
  const struct {
    const char* name;
    Sizes sizes;
  } shapes[] = {{"", large}, {"_narrow", {65536, 10}}, {"_64", {32768, 64}}};
  for (const auto& [suffix, sizes] : shapes) {
    const auto unary = [&all, suffix = suffix, sizes = sizes](std::string name, auto f) {
      all.push_back(operation("rows/" + name + suffix, [=] {
        return L::values_of([f, x = L::f32(1, sizes)] { return f(x); });
      }));
      all.push_back(operation(
          "rows/" + name + suffix + "_both",
          [=] {
            return L::gradients_of({L::f32(1, sizes)}, L::f32(2, sizes),
                                   [f](const auto& x) { return f(x[0]); });
          },
          1e-4));
    };
    unary("softmax", [](const auto& x) { return softmax(x, 1); });
    unary("log_softmax", [](const auto& x) { return log_softmax(x, 1); });
    const std::int64_t rows = sizes[0], width = sizes[1];
    all.push_back(operation(
        std::string("rows/cross_entropy") + suffix + "_both",
        [=] {
          return L::gradients_of({L::f32(1, {rows, width})}, L::f32(2, {}),
                                 [t = L::i64(3, {rows}, static_cast<int>(width))](const auto& x) {
                                   return L::cross_entropy(x[0], t);
                                 });
        },
        1e-4));
    all.push_back(operation(std::string("rows/layer_norm") + suffix, [=] {
      return L::values_of([x = L::f32(1, {rows, width}), a = L::f32(2, {width}),
                           b = L::f32(3, {width}),
                           width] { return L::layer_norm(x, width, a, b); });
    }));
    all.push_back(operation(
        std::string("rows/layer_norm") + suffix + "_both",
        [=] {
          return L::gradients_of({L::f32(1, {rows, width}), L::f32(2, {width}), L::f32(3, {width})},
                                 L::f32(4, {rows, width}), [width](const auto& x) {
                                   return L::layer_norm(x[0], width, x[1], x[2]);
                                 });
        },
        1e-4));
  }
  all.push_back(operation("rows/softmax_columns", [] {  // along the first axis
    return L::values_of([x = L::f32(1, large)] { return softmax(x, 0); });
  }));
  const Sizes images{16, 21, 64, 64};  // along their channels
  all.push_back(operation("rows/softmax_channels", [=] {
    return L::values_of([x = L::f32(1, images)] { return softmax(x, 1); });
  }));
  all.push_back(operation(
      "rows/softmax_channels_both",
      [=] {
        return L::gradients_of({L::f32(1, images)}, L::f32(2, images),
                               [](const auto& x) { return softmax(x[0], 1); });
      },
      1e-4));
  all.push_back(operation(
      "rows/cross_entropy_pixels_both",
      [=] {
        return L::gradients_of(
            {L::f32(1, images)}, L::f32(2, {}),
            [t = L::i64(3, {16, 64, 64}, 21)](const auto& x) { return L::cross_entropy(x[0], t); });
      },
      1e-4));
  for (Work& work : all)
    if (work.name == "rows/softmax" || work.name == "rows/layer_norm")
      work = moving(1, 1, std::move(work), 2);
  return all;
}

}  // namespace bench
