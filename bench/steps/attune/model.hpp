// What the steps of models share on attune's side: given initial values, and one step of training.
#pragma once

#include <algorithm>
#include <attune/autograd.hpp>
#include <attune/initialize.hpp>
#include <attune/mode.hpp>
#include <attune/model.hpp>
#include <attune/ops/loss.hpp>
#include <attune/optim.hpp>
#include <memory>
#include <utility>

#include "bench/steps/step.hpp"

namespace bench {

inline void give_values(const attune::Params& params) {
  attune::initialize(params, "zeros", {.seed = 1, .every_role = true});
  const attune::NoGrad writing;
  for (std::size_t i = 0; i < params.size(); ++i) {
    attune::Tensor tensor = params[i].tensor;
    const std::vector<float> values = parameter(i, tensor.numel(), tensor.size(0));
    std::copy(values.begin(), values.end(), tensor.mutable_data<float>());
  }
}

template <class Model>
Step training(Model&& model, attune::Tensor x, attune::Tensor y, double rate,
              const char* rule = "adam") {
  struct State {
    Model model;
    attune::Tensor x, y, loss;
    attune::Params params;
    attune::optim::Optimizer optimizer;
  };
  attune::Params params = attune::params(model);
  give_values(params);
  auto optimizer = attune::optim::make(rule, params, {{"lr", rate}});
  auto state =
      std::make_shared<State>(State{std::move(model), std::move(x), std::move(y), attune::Tensor(),
                                    std::move(params), std::move(optimizer)});
  return {[state] {
            state->loss = attune::cross_entropy(state->model(state->x), state->y);
            state->optimizer.step(state->loss.backward());
          },
          [state] {
            std::vector<double> result{state->loss.item()};
            for (const attune::ParamHandle& param : state->params)
              append_sums(param.tensor.values<float>(), result);
            return result;
          }};
}

}  // namespace bench
