// Must not compile: what a shared_ptr holds could be in two places.
// expect: a walk over the model cannot see into a field of this type
#include <attune/model.hpp>
#include <memory>

struct Part {
  attune::Param w;
};
struct Model {
  std::shared_ptr<Part> part;
};

auto found = attune::params(Model{});
