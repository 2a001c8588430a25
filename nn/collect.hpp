// The parameters and buffers of a model in one list, named.
#pragma once

#include <attune/model.hpp>
#include <vector>

namespace attune::internal {

struct ModelEntry {
  ParamHandle handle;              // of a buffer: path and tensor only
  const Buffer* buffer = nullptr;  // null for a parameter
};

// In the order of the fields; each tensor's name is its path. Error (state) when a parameter occurs
// twice.
std::vector<ModelEntry> collect(const ModelRef& model);

// Throws the Error (state) that names all parameters without values; returns when there is none.
void require_values(const char* operation, const std::vector<ModelEntry>& entries);

}  // namespace attune::internal
