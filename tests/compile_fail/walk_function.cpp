// Must not compile: a function object may hold parameters of its own.
// expect: std::function<
#include <attune/model.hpp>
#include <functional>

struct Model {
  std::function<attune::Tensor(const attune::Tensor&)> layer;
};

auto found = attune::params(Model{});
