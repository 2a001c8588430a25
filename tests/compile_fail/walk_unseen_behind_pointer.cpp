// Must not compile: what a unique_ptr or optional holds is walked, so it must be walkable.
// expect: cannot see into a field of this type
#include <attune/model.hpp>
#include <memory>
#include <optional>

class Part {
 public:
  explicit Part(int n) : w_({n}) {}

 private:
  attune::Param w_;
};
struct Model {
  std::optional<std::unique_ptr<Part>> part;
};

auto found = attune::params(Model{});
