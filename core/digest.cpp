// The one place that knows the hash library.
#include "core/digest.hpp"

#include <xxhash.h>

#include "core/fail.hpp"
#include "core/format.hpp"
#include "core/impl.hpp"

namespace attune::internal {

void Digest::Free::operator()(XXH3_state_s* state) const noexcept { XXH3_freeState(state); }

Digest::Digest(const char* operation) : state_(XXH3_createState()) {
  if (!state_ || XXH3_128bits_reset(state_.get()) != XXH_OK) {
    fail(ErrorKind::memory, operation, "no memory for the state of the hash");
  }
}

void Digest::add(std::string_view bytes) {
  XXH3_128bits_update(state_.get(), bytes.data(), bytes.size());
}

void Digest::add(std::string_view name, const Tensor& tensor) {
  add(fmt::format("{}\n{}\n{}\n", name, tensor.dtype(), tensor.shape()));
  if (!tensor.has_values()) return;
  const Tensor row_major = tensor.detach().contiguous();
  const auto bytes = static_cast<std::size_t>(tensor.numel()) * size_of(tensor.dtype());
  add(std::string_view(reinterpret_cast<const char*>(row_major.impl()->data), bytes));
}

std::string Digest::text() const {
  const XXH128_hash_t hash = XXH3_128bits_digest(state_.get());
  return fmt::format("{:016x}{:016x}", hash.high64, hash.low64);
}

}  // namespace attune::internal
