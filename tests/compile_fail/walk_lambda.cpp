// Must not compile: a closure may hold parameters of its own.
// expect: static void fields(Self& self, F&& f)
#include <attune/model.hpp>

inline auto layer = [w = attune::Param()](const attune::Tensor& x) { return x; };
struct Model {
  decltype(layer) part = layer;
};

auto found = attune::params(Model{});
