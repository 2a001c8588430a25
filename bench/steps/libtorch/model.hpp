// What the steps of models share on libtorch's side: given initial values, and one step of
// training.
#pragma once

#include <memory>
#include <torch/nn.h>
#include <torch/optim/adam.h>
#include <utility>

#include "bench/steps/step.hpp"

namespace bench {

// f32 or i64, row-major, with memory of its own.
template <class T>
torch::Tensor tensor(const std::vector<T>& values, at::IntArrayRef shape) {
  return torch::from_blob(const_cast<T*>(values.data()), shape, c10::CppTypeToScalarType<T>::value)
      .clone();
}

inline void give_values(const std::vector<torch::Tensor>& params) {
  const torch::NoGradGuard writing;
  for (std::size_t i = 0; i < params.size(); ++i) {
    const torch::Tensor& param = params[i];
    const std::vector<float> values = parameter(i, param.numel(), param.size(0));
    param.copy_(tensor(values, param.sizes()));
  }
}

template <class Optimizer = torch::optim::Adam, class Options = torch::optim::AdamOptions,
          class Model>
Step training(Model model, torch::Tensor x, torch::Tensor y, double rate) {
  struct State {
    Model model;
    torch::Tensor x, y, loss;
    Optimizer optimizer;
  };
  give_values(model->parameters());
  Optimizer optimizer(model->parameters(), Options(rate));
  auto state = std::make_shared<State>(
      State{model, std::move(x), std::move(y), torch::Tensor(), std::move(optimizer)});
  return {
      [state] {
        state->optimizer.zero_grad();
        state->loss =
            torch::nn::functional::cross_entropy(state->model->forward(state->x), state->y);
        state->loss.backward();
        state->optimizer.step();
      },
      [state] {
        std::vector<double> result{state->loss.template item<double>()};
        for (const torch::Tensor& param : state->model->parameters())
          append_sums({param.data_ptr<float>(), static_cast<std::size_t>(param.numel())}, result);
        return result;
      }};
}

}  // namespace bench
