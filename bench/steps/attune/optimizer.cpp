// Steps of optimizers on ten million parameters, by attune.
#include <algorithm>
#include <attune/autograd.hpp>
#include <attune/initialize.hpp>
#include <attune/mode.hpp>
#include <attune/model.hpp>
#include <attune/ops/binary.hpp>
#include <attune/ops/reduce.hpp>
#include <attune/optim.hpp>
#include <memory>

#include "bench/steps/optimizers.hpp"

namespace {

using namespace attune;
using namespace bench::optimizers;

struct Model {
  Param weight = Param::weight({rows, columns});
};

bench::Step step(const std::string& rule, bool checked) {
  struct State {
    Model model;
    Gradients gradients;
    optim::Optimizer optimizer;
  };
  Model model;
  initialize(params(model), "zeros", {.seed = 1, .every_role = true});
  {
    const NoGrad writing;
    Tensor weight = model.weight;
    std::ranges::copy(values(), weight.mutable_data<float>());
  }
  Gradients gradients = sum(model.weight * tensor(gradient(), {rows, columns})).backward();
  auto optimizer = optim::make(rule, params(model), {{"lr", rate}, {"check_finite", checked}});
  auto state =
      std::make_shared<State>(State{std::move(model), std::move(gradients), std::move(optimizer)});
  return {[state] { state->optimizer.step(state->gradients); },
          [state] {
            std::vector<double> result;
            bench::append_sums(Tensor(state->model.weight).values<float>(), result);
            return result;
          }};
}

std::vector<bench::Work> all() {
  std::vector<bench::Work> works;
  const auto add = [&](const std::string& rule, int states) {
    for (const bool checked : {true, false})
      works.push_back(work(rule, states, checked, [=] { return step(rule, checked); }));
  };
  add("sgd", 0);
  add("momentum", 1);
  add("rmsprop", 1);
  add("adam", 2);
  return works;
}

const bench::Registered registered(all());

}  // namespace
