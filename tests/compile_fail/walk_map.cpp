// Must not compile: a map is no container of layers: its keys are no names of fields.
// expect: cannot see into a field of this type
#include <attune/model.hpp>
#include <map>
#include <string>

struct Part {
  attune::Param w;
};
struct Model {
  std::map<std::string, Part> parts;
};

auto found = attune::params(Model{});
