// The halves of load, for files that hold more than a model.
#pragma once

#include <attune/io.hpp>
#include <string_view>
#include <vector>

#include "nn/collect.hpp"

namespace attune::internal {

// Throws the Error (format) of load when the entries of the file are not those of the model.
void check_fits(std::string_view operation, const TensorFile& file,
                const std::vector<ModelEntry>& entries);
// Gives the values of a file that fits to the model.
void take_values(const char* operation, const TensorFile& file,
                 const std::vector<ModelEntry>& entries);

}  // namespace attune::internal
