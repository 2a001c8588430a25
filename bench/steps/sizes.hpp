// What is computed: the sizes of each work, once for all libraries.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "bench/steps/step.hpp"

namespace bench {

// Affine layers with relu between them, mean cross-entropy, all gradients, Adam.
namespace mlp {
inline constexpr std::array<std::int64_t, 4> widths{784, 256, 128, 10};
inline constexpr std::int64_t batch = 128;
inline constexpr double rate = 1e-3;
inline Work work(std::function<Step()> prepare) {
  double products = 0;  // of values, weight gradients and, but for the first layer, input gradients
  for (std::size_t i = 0; i + 1 < widths.size(); ++i)
    products += static_cast<double>(batch * widths[i] * widths[i + 1] * (i == 0 ? 2 : 3));
  return {"mlp_step", 10, 1e-5, 2 * products, std::move(prepare)};
}
}  // namespace mlp

// Twice convolution 3x3, relu and maximum of 2x2; an affine layer, relu, another; mean
// cross-entropy, all gradients, Adam.
namespace cnn {
inline constexpr std::int64_t batch = 64, side = 28, maps = 32, more_maps = 64, hidden = 128,
                              classes = 10, flat = more_maps * (side / 4) * (side / 4);
inline constexpr double rate = 1e-3;
inline Work work(std::function<Step()> prepare) {
  const double pixels = batch * side * side;
  const double products = pixels * 9 * maps * 2 + pixels / 4 * 9 * maps * more_maps * 3 +
                          3.0 * batch * (flat * hidden + hidden * classes);
  return {"cnn_step", 10, 1e-5, 2 * products, std::move(prepare)};
}
}  // namespace cnn

// c = a b, row-major, f32.
struct Product {
  std::int64_t m, n, k;
  std::vector<float> a() const { return numbers(1, static_cast<std::size_t>(m * k), 0, 1); }
  std::vector<float> b() const { return numbers(2, static_cast<std::size_t>(k * n), 0, 1); }
};
inline std::vector<Work> products(const std::function<Step(const Product&)>& prepare) {
  const Product shapes[] = {
      {64, 64, 64},       {64, 128, 784},     {128, 256, 256}, {256, 256, 256}, {512, 512, 512},
      {1024, 1024, 1024}, {2048, 2048, 2048}, {64, 5, 2},      {64, 1, 5},      {128, 10, 512}};
  std::vector<Work> all;
  for (const Product& shape : shapes) {
    const auto [m, n, k] = shape;
    all.push_back(
        {"matrix_product/" + std::to_string(m) + "x" + std::to_string(n) + "x" + std::to_string(k),
         1, 1e-5, 2.0 * static_cast<double>(m * n * k),
         [prepare, shape] { return prepare(shape); }});
  }
  return all;
}

}  // namespace bench
