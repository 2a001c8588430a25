// Roles of parameters and selection by them.
#include "attune/params.hpp"

#include <algorithm>

namespace attune {

const char* name(Role role) noexcept {
  constexpr const char* names[] = {"other", "weight", "bias", "scale", "embedding"};
  return names[static_cast<int>(role)];
}

RoleSplit by_role(const Params& params, std::initializer_list<Role> roles) {
  RoleSplit split;
  for (const ParamHandle& param : params) {
    const bool chosen = std::ranges::find(roles, param.role) != roles.end();
    (chosen ? split.chosen : split.others).push_back(param);
  }
  return split;
}

}  // namespace attune
