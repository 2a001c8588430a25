// What is computed: the sizes of each work, once for all libraries.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "bench/steps/step.hpp"

namespace bench {

// Bytes that Adam moves for a parameter of f32: itself, its gradient, two means.
inline constexpr double adam_reads = 16, adam_writes = 12;

// Affine layers with relu between them, mean cross-entropy, all gradients, Adam.
namespace mlp {
inline constexpr std::array<std::int64_t, 4> widths{784, 256, 128, 10};
inline constexpr std::int64_t batch = 128;
inline constexpr double rate = 1e-3;
inline Work work(std::function<Step()> prepare) {
  double products = 0;  // of values, weight gradients and, but for the first layer, input gradients
  double parameters = 0;
  for (std::size_t i = 0; i + 1 < widths.size(); ++i) {
    products += static_cast<double>(batch * widths[i] * widths[i + 1] * (i == 0 ? 2 : 3));
    parameters += static_cast<double>((widths[i] + 1) * widths[i + 1]);
  }
  return {.name = "mlp_step",
          .calls = 10,
          .bound = 1e-5,
          .flops = 2 * products,
          .prepare = std::move(prepare),
          .bytes_read = adam_reads * parameters,
          .bytes_written = adam_writes * parameters,
          .bars = {.ratio = 1 / 0.55, .of_limit = 1.15, .scaling = 1.7, .memory = 0.8}};
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
  const double parameters =
      maps * 10.0 + more_maps * (maps * 9.0 + 1) + (flat + 1.0) * hidden + (hidden + 1.0) * classes;
  return {.name = "cnn_step",
          .calls = 10,
          .bound = 1e-5,
          .flops = 2 * products,
          .prepare = std::move(prepare),
          .bytes_read = adam_reads * parameters,
          .bytes_written = adam_writes * parameters,
          .bars = {.ratio = 2, .scaling = 1.75, .memory = 0.8}};
}
}  // namespace cnn

// A language model of characters: embedded symbols and places, blocks of causal attention without
// biases and of two affine layers with gelu between them, each behind a layer norm and added to
// what came in; a layer norm, an affine layer; mean cross-entropy, all gradients, AdamW.
namespace transformer {
inline constexpr std::int64_t batch = 16, length = 64, width = 128, heads = 4, layers = 4,
                              vocabulary = 65;
inline constexpr double rate = 1e-3, decay = 1e-2;
inline Work work(std::function<Step()> prepare) {
  const double rows = batch * length;
  const double products =  // each once for the value, twice for the derivatives
      3 * rows * width * (layers * (12.0 * width + 2.0 * length) + vocabulary);
  const double parameters =
      layers * width * (12.0 * width + 9) + width * (2.0 * vocabulary + length + 2) + vocabulary;
  return {.name = "transformer_step",
          .calls = 10,
          .bound = 1e-5,
          .flops = 2 * products,
          .prepare = std::move(prepare),
          .bytes_read = adam_reads * parameters,
          .bytes_written = adam_writes * parameters,
          .bars = {.ratio = 1 / 0.75, .of_limit = 1.25, .scaling = 1.75, .memory = 0.8}};
}
}  // namespace transformer

// y = x * weight over planes without bias, f32; forward alone, or with both derivatives for a given
// one of y. Operations are those of the direct sum: by tiles, kernels of 3 x 3 need fewer, and may
// take less than the limit.
struct Convolution {
  const char* name;
  std::int64_t images, in, out, side, kernel, stride = 1, padding = 0, groups = 1;
  std::int64_t out_side() const { return (side + 2 * padding - kernel) / stride + 1; }
  std::vector<float> x() const { return values(1, images * in * side * side); }
  std::vector<float> weight() const { return values(2, out * (in / groups) * kernel * kernel); }
  std::vector<float> g() const { return values(3, images * out * out_side() * out_side()); }

 private:
  static std::vector<float> values(std::uint64_t seed, std::int64_t count) {
    return numbers(seed, static_cast<std::size_t>(count), -1, 1);
  }
};
inline std::vector<Work> convolutions(const std::string& family, int passes,
                                      const std::function<Step(const Convolution&)>& prepare) {
  const Convolution shapes[] = {{"3x3-64-64-28", 32, 64, 64, 28, 3, 1, 1},
                                {"3x3-256-256-14", 16, 256, 256, 14, 3, 1, 1},
                                {"1x1-256-64-28", 16, 256, 64, 28, 1},
                                {"3x3-stride2-64-128-56", 8, 64, 128, 56, 3, 2, 1},
                                {"3x3-groups32-128-28", 16, 128, 128, 28, 3, 1, 1, 32},
                                {"3x3-depthwise-128-28", 16, 128, 128, 28, 3, 1, 1, 128},
                                {"5x5-1-6-28", 64, 1, 6, 28, 5, 1, 2},
                                {"5x5-6-16-14", 64, 6, 16, 14, 5}};
  std::vector<Work> all;
  for (const Convolution& c : shapes) {
    const double products = static_cast<double>(c.images * c.out * c.out_side() * c.out_side() *
                                                (c.in / c.groups) * c.kernel * c.kernel);
    const bool forward = passes == 1;
    const double of_peak = forward && &c == shapes ? 0.85 : 0;  // the row that people quote
    all.push_back({.name = family + "/" + c.name,
                   .calls = 1,
                   .bound = 1e-5,
                   .flops = 2 * passes * products,
                   .prepare = [prepare, c] { return prepare(c); },
                   .bars = {.ratio = forward ? 1 : 1.3,
                            .of_limit = of_peak > 0 ? 1 / of_peak : 0,
                            .scaling = 1.8},
                   .together = true});
  }
  return all;
}

inline constexpr std::int64_t unary_rows = 4096, unary_columns = 1024;
inline constexpr double unary_exponent = 1.7;  // of pow

// y = f(x) element by element, f32: what a library is asked for by the name of the function.
inline std::vector<Work> functions_of_one(
    const std::function<Step(const std::string& function, std::vector<float> x)>& prepare) {
  struct Function {
    const char* name;
    float low, high;   // of the arguments
    double ratio = 0;  // to its peers' time, 0 where nothing is promised
  };
  const Function functions[] = {{"exp", -8, 8, 2},     {"log", 0.01F, 8},  {"tanh", -4, 4, 6},
                                {"sigmoid", -8, 8, 2}, {"gelu", -4, 4, 2}, {"silu", -8, 8},
                                {"erf", -3, 3},        {"sin", -8, 8},     {"cos", -8, 8},
                                {"pow", 0.01F, 8},     {"atan", -8, 8}};
  constexpr std::int64_t count = unary_rows * unary_columns;
  std::vector<Work> all;
  for (const auto& [name, low, high, ratio] : functions) {
    all.push_back(
        {.name = "unary/" + std::string(name),
         .calls = 1,
         .bound = 1e-6,
         .flops = 0,
         .prepare = [prepare, function = std::string(name), low = low,
                     high = high] { return prepare(function, numbers(1, count, low, high)); },
         .bytes_read = 4.0 * count,
         .bytes_written = 4.0 * count,
         .bars = {.ratio = ratio, .scaling = operation_scaling(ratio)}});
  }
  return all;
}

}  // namespace bench
