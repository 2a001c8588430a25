// One step of every optimizer on ten million parameters, and what the host adds when it is asked
// to.
#include <attune/attune.hpp>
#include <attune/model.hpp>
#include <benchmark/benchmark.h>
#include <string>

namespace {

using namespace attune;

constexpr std::int64_t parameters = 10'000'000;

struct Model {
  Param weight = Param::weight({parameters / 4000, 4000});
};

void step(benchmark::State& state, const std::string& rule, const OptionList& options) {
  Model model;
  initialize(params(model), "normal", {.seed = 1});
  auto optimizer = optim::make(rule, params(model), options);
  const Gradients gradients = sum(model.weight * 1e-3).backward();
  for (auto _ : state) optimizer.step(gradients);
  state.SetItemsProcessed(state.iterations() * parameters);
}

[[maybe_unused]] const bool registered = [] {
  const auto add = [](const std::string& name, const std::string& rule, const OptionList& options) {
    benchmark::RegisterBenchmark(("step_10m/" + name).c_str(),
                                 [=](benchmark::State& state) { step(state, rule, options); })
        ->Unit(benchmark::kMillisecond)
        ->UseRealTime();
  };
  for (const std::string& rule : optim::names()) add(rule, rule, {});
  add("adam, unchecked", "adam", {{"check_finite", false}});
  add("adam, l2", "adam", {{"weight_decay", 1e-2}});
  add("adam, decoupled", "adam", {{"weight_decay", 1e-2}, {"decay", "decoupled"}});
  add("adam, clip_norm", "adam", {{"clip_norm", 1.0}});
  add("adam, clip_value", "adam", {{"clip_value", 1.0}});
  return true;
}();

}  // namespace
