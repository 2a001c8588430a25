// How attune's time and memory grow with the work: batches, widths, depths, parameters, graphs. No
// peer: what is looked for is a cliff.
#include <attune/autograd.hpp>
#include <attune/nn/linear.hpp>
#include <attune/ops/activation.hpp>
#include <attune/ops/binary.hpp>
#include <attune/ops/creation.hpp>
#include <attune/ops/reduce.hpp>
#include <attune/ops/unary.hpp>
#include <string>
#include <vector>

#include "bench/steps/attune/model.hpp"
#include "bench/steps/sizes.hpp"

namespace {

using namespace attune;

using Widths = std::vector<std::int64_t>;

struct Perceptron {
  std::vector<nn::Linear> layers;
  // By tanh: relu would let the signal die, down to numbers that processors are slow with.
  bool deep = false;
  Tensor operator()(Tensor x) const {
    for (std::size_t i = 0; i + 1 < layers.size(); ++i)
      x = deep ? tanh(layers[i](x)) : relu(layers[i](x));
    return layers.back()(x);
  }
};

Perceptron perceptron_of(const Widths& widths, bool deep) {
  Perceptron made{.layers = {}, .deep = deep};
  for (std::size_t i = 0; i + 1 < widths.size(); ++i)
    made.layers.push_back(nn::Linear{.in = widths[i], .out = widths[i + 1]});
  return made;
}

bench::Work perceptron(const std::string& name, const Widths& widths, std::int64_t batch,
                       double amount) {
  double products = 0, parameters = 0;
  for (std::size_t i = 0; i + 1 < widths.size(); ++i) {
    products += static_cast<double>(batch * widths[i] * widths[i + 1] * (i == 0 ? 2 : 3));
    parameters += static_cast<double>((widths[i] + 1) * widths[i + 1]);
  }
  return {.name = name,
          .calls = 2,
          .bound = 0,
          .flops = 2 * products,
          .prepare =
              [=] {
                const auto count = static_cast<std::size_t>(batch);
                const auto inputs = static_cast<std::size_t>(batch * widths.front());
                return bench::training(
                    perceptron_of(widths, name.starts_with("growth_depth")),
                    tensor(bench::numbers(1, inputs, 0, 1), {batch, widths.front()}),
                    tensor(bench::labels(2, count, static_cast<int>(widths.back()))), 1e-3);
              },
          .bytes_read = bench::adam_reads * parameters,
          .bytes_written = bench::adam_writes * parameters,
          .amount = amount};
}

bench::Step adam_step(std::int64_t parameters) {
  struct Model {
    Param weight;
  };
  struct State {
    Model model;
    Gradients gradients;
    optim::Optimizer optimizer;
  };
  Model model{Param::weight({parameters, 1})};
  initialize(params(model), "zeros", {.seed = 1, .every_role = true});
  Gradients gradients = sum(model.weight * 0.5).backward();
  auto optimizer = optim::make("adam", params(model));
  auto state =
      std::make_shared<State>(State{std::move(model), std::move(gradients), std::move(optimizer)});
  return {[state] { state->optimizer.step(state->gradients); },
          [state] { return std::vector{sum(state->model.weight).item()}; }};
}

// A chain of sums and products of one element, forward and backward.
bench::Step chain(std::int64_t nodes) {
  Tensor x = tensor({0.5F});
  x.set_requires_grad();
  auto gradient = std::make_shared<Tensor>();
  return {[=] {
            Tensor y = x;
            for (std::int64_t i = 0; i < nodes / 2; ++i) y = y * 0.5 + x;
            *gradient = y.backward()[x];
          },
          [gradient] { return std::vector{gradient->item()}; }};
}

std::vector<bench::Work> works() {
  const auto named = [](const std::string& family, std::int64_t size) {
    return "growth_" + family + "/" + std::to_string(size);
  };
  std::vector<bench::Work> all;
  for (std::int64_t batch = 16; batch <= 1024; batch *= 2)
    all.push_back(
        perceptron(named("batch", batch), {784, 256, 128, 10}, batch, static_cast<double>(batch)));
  for (std::int64_t width = 64; width <= 4096; width *= 2)
    all.push_back(perceptron(named("width", width), {width, width, width, 10}, 64,
                             static_cast<double>(width * width)));
  for (std::int64_t depth = 2; depth <= 512; depth *= 2)
    all.push_back(perceptron(named("depth", depth), Widths(static_cast<std::size_t>(depth + 1), 64),
                             64, static_cast<double>(depth)));
  std::vector<std::int64_t> sizes;
  for (std::int64_t size = 1000; size < 100'000'000; size *= 2) sizes.push_back(size);
  sizes.push_back(100'000'000);
  for (const std::int64_t size : sizes) {
    const auto parameters = static_cast<double>(size);
    all.push_back({.name = named("parameters", size),
                   .calls = 2,
                   .bound = 0,
                   .flops = 0,
                   .prepare = [size] { return adam_step(size); },
                   .bytes_read = bench::adam_reads * parameters,
                   .bytes_written = bench::adam_writes * parameters,
                   .amount = parameters});
  }
  for (std::int64_t nodes = 1000; nodes <= 1'024'000; nodes *= 2)
    all.push_back({.name = named("graph", nodes),
                   .calls = 1,
                   .bound = 0,
                   .flops = 0,
                   .prepare = [nodes] { return chain(nodes); },
                   .amount = static_cast<double>(nodes)});
  return all;
}

const bench::Registered registered(works());

}  // namespace
