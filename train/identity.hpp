// How a checkpoint knows again what it was: the samples that it trained on, and its own contents.
#pragma once

#include <attune/data/set.hpp>
#include <attune/io.hpp>
#include <span>
#include <string>

namespace attune::internal {

// The fields of a set with their types and shapes, and a digest of up to 1024 of its samples,
// evenly spaced from the first to the last: cheap for a set that is larger than memory.
std::string fingerprint(const data::Set& set, std::int64_t batch);

// Stands in the metadata of a checkpoint, over all that is in it but itself.
inline constexpr const char* contents_key = "attune.digest";
std::string contents_digest(std::span<const NamedTensor> tensors, const Metadata& texts);

}  // namespace attune::internal
