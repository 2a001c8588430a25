// Must not compile: a Tensor field would be neither trained nor saved.
// expect: a Tensor as a field of a model is neither trained nor saved
#include <attune/model.hpp>

struct Model {
  attune::Tensor weight;
};

auto found = attune::params(Model{});
