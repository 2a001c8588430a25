// Models to and from safetensors files.
#include "attune/model_io.hpp"

#include <set>

#include "attune/inside.hpp"
#include "attune/io.hpp"
#include "attune/registry.hpp"
#include "core/fail.hpp"
#include "core/format.hpp"
#include "core/impl.hpp"
#include "nn/model_io.hpp"
#include "nn/values.hpp"

namespace attune {

using internal::fail;
using internal::ModelEntry;

void save(const ModelRef& model, const std::string& path, const Metadata& notes) {
  const internal::Inside called("save");
  const std::vector<ModelEntry> entries = internal::collect(model);
  if (entries.empty()) {
    fail(
        ErrorKind::state, "save",
        "{} was not written: the model has no parameter and no buffer (a vector of layers that was "
        "moved from is empty)",
        path);
  }
  internal::require_values("save", entries);
  std::vector<NamedTensor> tensors;
  for (const ModelEntry& entry : entries) {
    if (entry.handle.tensor.has_values())
      tensors.push_back({entry.handle.path, entry.handle.tensor});
  }
  save_tensors(path, tensors, notes);
}

namespace {

// A suggestion costs a look at every name.
constexpr std::size_t most_suggestions = 20;

// What is wrong with a file for a model, one line a key.
std::string differences(const TensorFile& file, const std::vector<ModelEntry>& entries) {
  std::set<std::string_view> own_paths;
  for (const ModelEntry& entry : entries) own_paths.insert(entry.handle.path);
  std::vector<std::string> unexpected, lines;
  for (const NamedTensor& stored : file.tensors()) {
    if (!own_paths.contains(stored.name)) unexpected.push_back(stored.name);
  }
  for (const ModelEntry& entry : entries) {
    const Tensor& own = entry.handle.tensor;
    const bool empty = entry.buffer && !own.has_values();
    const Tensor* const stored = file.find(entry.handle.path);
    if (!stored && !empty) {
      const std::string hint =
          lines.size() < most_suggestions ? did_you_mean(entry.handle.path, unexpected) : "";
      lines.push_back(fmt::format("missing: {} {}{}{}", entry.handle.path, own.shape(),
                                  hint.empty() ? "" : ", ", hint));
    } else if (stored && !empty && stored->shape() != own.shape()) {
      lines.push_back(fmt::format("other shape: {} is {} in the file, {} in the model",
                                  entry.handle.path, stored->shape(), own.shape()));
    } else if (stored && !empty && stored->dtype() != own.dtype()) {
      const DType other = stored->dtype();  // that of a whole model, or a mistake
      lines.push_back(fmt::format(
          "other type: {} is {} in the file, {} in the model{}", entry.handle.path, other,
          own.dtype(), is_floating(other) ? fmt::format(" (to(model, {}))", other) : ""));
    }
  }
  for (const std::string& key : unexpected) {
    lines.push_back(fmt::format("unexpected: {} {}", key, file.at(key).shape()));
  }
  return fmt::format("{}", fmt::join(lines, "\n  "));
}

}  // namespace

namespace internal {

void check_fits(std::string_view operation, const TensorFile& file,
                const std::vector<ModelEntry>& entries) {
  if (const std::string text = differences(file, entries); !text.empty()) {
    fail(ErrorKind::format, operation, "{} does not fit the model:\n  {}", file.path(), text);
  }
}

void take_values(const char* operation, const TensorFile& file,
                 const std::vector<ModelEntry>& entries) {
  for (const ModelEntry& entry : entries) {
    const Tensor* const stored = file.find(entry.handle.path);
    if (stored && entry.buffer)
      entry.buffer->write(*stored);
    else if (stored)
      set_elements(operation, entry.handle.tensor, *stored);
  }
}

}  // namespace internal

void load(const MutableModelRef& model, const std::string& path) {
  const internal::Inside called("load");
  const TensorFile file = load_tensors(path, {.mapped = true});
  const std::vector<ModelEntry> entries = internal::collect(model);
  internal::check_fits("load", file, entries);
  internal::take_values("load", file, entries);
}

}  // namespace attune
