// Must not compile: a class with private fields does not show its parameters.
// expect: cannot see into a field of this type
#include <attune/model.hpp>
#include <vector>

class Part {
 public:
  explicit Part(int n) : w_({n}) {}

 private:
  attune::Param w_;
};
struct Model {
  std::vector<Part> parts;
};

auto found = attune::params(Model{});
