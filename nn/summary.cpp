// A model for people: the table of its parameters, and its digest.

#include <algorithm>

#include "attune/model.hpp"
#include "core/digest.hpp"
#include "core/format.hpp"
#include "core/impl.hpp"
#include "nn/collect.hpp"

namespace attune {

using internal::ModelEntry;

namespace {

std::int64_t bytes_of(const Tensor& tensor) {
  return tensor.numel() * static_cast<std::int64_t>(size_of(tensor.dtype()));
}

// 1234567 as "1 234 567".
std::string grouped(std::int64_t number) {
  std::string text = fmt::format("{}", number);
  for (std::size_t i = text.size(); i > 3; i -= 3) text.insert(i - 3, 1, ' ');
  return text;
}

}  // namespace

std::string summary(const ModelRef& model) {
  const std::vector<ModelEntry> entries = internal::collect(model);
  std::size_t widest_path = std::string_view("parameter").size(), widest_shape = 5;
  std::int64_t trained = 0, frozen = 0, bytes = 0, buffered = 0;
  for (const ModelEntry& entry : entries) {
    const Tensor& tensor = entry.handle.tensor;
    widest_path = std::max(widest_path, entry.handle.path.size());
    widest_shape = std::max(widest_shape, to_string(tensor.shape()).size());
    (entry.buffer ? buffered : tensor.requires_grad() ? trained : frozen) += tensor.numel();
    bytes += bytes_of(tensor);
  }

  std::string text;
  const auto row = [&](std::string_view path, std::string_view shape, std::string_view type,
                       std::string_view role, std::string_view count) {
    fmt::format_to(std::back_inserter(text), "{:<{}}  {:<{}}  {:<4}  {:<9}  {:>13}\n", path,
                   widest_path, shape, widest_shape, type, role, count);
  };
  row("parameter", "shape", "type", "role", "count");
  for (const ModelEntry& entry : entries) {
    const Tensor& tensor = entry.handle.tensor;
    const bool empty = entry.buffer && !tensor.has_values();
    row(entry.handle.path, empty ? "empty" : to_string(tensor.shape()), name(tensor.dtype()),
        entry.buffer ? "buffer" : name(entry.handle.role), grouped(tensor.numel()));
  }
  fmt::format_to(std::back_inserter(text), "{} parameters to train", grouped(trained));
  if (frozen > 0) fmt::format_to(std::back_inserter(text), ", {} frozen", grouped(frozen));
  if (buffered > 0) fmt::format_to(std::back_inserter(text), ", {} in buffers", grouped(buffered));
  fmt::format_to(std::back_inserter(text), ": {} bytes\n", grouped(bytes));
  return text;
}

std::string weights_digest(const ModelRef& model) {
  const std::vector<ModelEntry> entries = internal::collect(model);
  internal::require_values("weights_digest", entries);
  internal::Digest digest("weights_digest");
  for (const ModelEntry& entry : entries) digest.add(entry.handle.path, entry.handle.tensor);
  return digest.text();
}

}  // namespace attune
