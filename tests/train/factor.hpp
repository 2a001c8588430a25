// The smallest model that can be fitted, and a metric that says what it is told: runs whose every
// weight and figure a test knows.
#pragma once

#include <attune/attune.hpp>
#include <attune/train.hpp>
#include <vector>

namespace attune::tests {

inline FitOptions quiet(FitOptions options) {
  options.progress = Progress::none;
  return options;
}

// A model of one number: the target is 0, so its loss is w^2, and sgd with lr 0.5 sends w to 0 at
// once.
struct Factor {
  Param w = Param::weight({1});
  Tensor operator()(const Tensor& x) const { return x * w; }
};
inline Factor factor(double value) {
  Factor model;
  initialize(params(model), "constant", {}, {{"value", value}});
  return model;
}
inline data::TrainSet ones_and_zeros() { return data::TrainSet(data::Set(ones({4}), zeros({4}))); }

// A metric that says what it is told, evaluation by evaluation.
struct Told {
  static constexpr const char* name = "told";
  static constexpr bool higher_is_better = true;
  const std::vector<double>* values;
  std::size_t* asked;
  void begin(const data::Set&) { ++*asked; }
  void add(const Tensor&, const Tensor&) {}
  double value() const { return (*values)[*asked - 1]; }
};

}  // namespace attune::tests
