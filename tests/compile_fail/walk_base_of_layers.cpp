// Must not compile: the walk of a base class would leave out the fields beside it.
// expect: has a base class: hold it as a field instead
#include <attune/nn.hpp>

struct Residual : attune::nn::Sequential {
  attune::nn::Linear skip{4, 4};
};

auto found = attune::params(Residual{});
