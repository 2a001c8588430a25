// Parameters as initializers, optimizers and files see them: named handles on tensors, in path
// order. Where they come from is params(model) in <attune/nn.hpp>; an optimizer knows nothing of
// models.
//
// Layer: autograd.
#pragma once

#include <attune/tensor.hpp>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace attune {

// What a parameter is for: initializers and weight decay go by it. The numbers are those of
// ATTUNE_ROLE_* in <attune/plugin_abi.h>.
enum class Role : std::uint8_t { other = 0, weight = 1, bias = 2, scale = 3, embedding = 4 };

// "other", "weight", "bias", "scale", "embedding": static storage.
ATTUNE_API const char* name(Role role) noexcept;

// One parameter: a handle on the same memory as the model's field; copying it copies no elements.
struct ParamHandle {
  std::string path;  // "hidden.weight"
  Role role = Role::other;
  std::int64_t fan_in = 1;  // inputs and outputs of one unit, for the scale of initial values
  std::int64_t fan_out = 1;
  Tensor tensor;  // requires a gradient; without values before initialize or load
};

// All parameters of a model, in the order of its fields.
using Params = std::vector<ParamHandle>;

// The parameters of the roles named, and the others: the usual groups of weight decay.
//   auto [decayed, free] = by_role(params(model), {Role::weight, Role::embedding});
struct RoleSplit {
  Params chosen, others;
};
ATTUNE_API RoleSplit by_role(const Params& params, std::initializer_list<Role> roles);

}  // namespace attune
