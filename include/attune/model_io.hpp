// Models in files: the parameters and buffers by path, as safetensors.
//
// Layer: nn.
#pragma once

#include <attune/io.hpp>
#include <attune/model.hpp>
#include <string>

namespace attune {

// Writes every parameter and every buffer that is not empty, and beside them what the caller notes
// about the model, for load_tensors(path).metadata() to give back. The file appears complete or not
// at all. Errors: state naming the parameters without values, or for a model that has neither
// parameters nor buffers (a file of nothing would take the place of a good one); value for notes
// that are no UTF-8; io.
ATTUNE_API void save(const ModelRef& model, const std::string& path, const Metadata& notes = {});

// Reads what save wrote into a model of the same fields, and nothing less: one Error (format) names
// every key that is missing, unexpected, or of another shape or type, with the one that was
// probably meant; the model is then unchanged. A parameter without values gets some; an empty
// buffer takes shape and type from the file, and stays empty when the file has none. Other errors:
// io, format.
ATTUNE_API void load(const MutableModelRef& model, const std::string& path);

}  // namespace attune
