// The walks over a model that every other function is made of.
#include "attune/model.hpp"

#include <algorithm>

#include "core/elementwise.hpp"
#include "core/fail.hpp"
#include "core/format.hpp"
#include "core/impl.hpp"
#include "nn/collect.hpp"
#include "nn/values.hpp"

namespace attune {

using internal::collect;
using internal::fail;
using internal::ModelEntry;

Visitor::~Visitor() = default;

void Visitor::refuse_moved() const {
  fail(ErrorKind::state, "walk",
       "{} was moved from: this model gave its parameters to another, use that one", path_);
}

namespace internal {
namespace {

class Collector : public Visitor {
 public:
  std::vector<ModelEntry> entries;

  void param(const Param& param) override {
    add({std::string(path()), param.role(), param.fan_in(), param.fan_out(), param.tensor()},
        nullptr);
  }
  void buffer(const Buffer& buffer) override {
    add({std::string(path()), Role::other, 1, 1, buffer.tensor()}, &buffer);
  }

 private:
  void add(ParamHandle handle, const Buffer* buffer) {
    if (!ends_path(handle.tensor.name(), handle.path)) handle.tensor.set_name(handle.path);
    entries.push_back({std::move(handle), buffer});
  }

  // A walk over a part of a model leaves the names that the whole one gave.
  static bool ends_path(std::string_view whole, std::string_view path) {
    if (!whole.ends_with(path)) return false;
    whole.remove_suffix(path.size());
    return whole.empty() || whole.ends_with('.');
  }
};

// Two paths to one tensor: the later naming won, so each entry knows its own path only.
void refuse_twins(const std::vector<ModelEntry>& entries) {
  std::vector<const ModelEntry*> sorted;
  for (const ModelEntry& entry : entries) sorted.push_back(&entry);
  const auto identity = [](const ModelEntry* entry) { return entry->handle.tensor.impl()->id; };
  std::ranges::stable_sort(sorted, {}, identity);
  for (std::size_t i = 1; i < sorted.size(); ++i) {
    if (sorted[i]->buffer || identity(sorted[i]) == 0) continue;
    if (identity(sorted[i]) != identity(sorted[i - 1])) continue;
    fail(ErrorKind::state, "params",
         "{} and {} are one parameter: a tied weight is one field that operator() uses twice",
         sorted[i - 1]->handle.path, sorted[i]->handle.path);
  }
}

}  // namespace

std::vector<ModelEntry> collect(const ModelRef& model) {
  Collector collector;
  model.walk(collector);
  refuse_twins(collector.entries);
  return std::move(collector.entries);
}

void require_values(const char* operation, const std::vector<ModelEntry>& entries) {
  std::vector<std::string_view> without;
  for (const ModelEntry& entry : entries) {
    if (!entry.buffer && !entry.handle.tensor.has_values()) without.push_back(entry.handle.path);
  }
  if (without.empty()) return;
  fail(ErrorKind::state, operation,
       "{} {} no values yet: call initialize(params(model), \"he_normal\") or load(model, file)",
       fmt::to_string(fmt::join(without, ", ")), without.size() == 1 ? "has" : "have");
}

}  // namespace internal

Params params(const ModelRef& model) {
  Params result;
  for (ModelEntry& entry : collect(model)) {
    if (!entry.buffer) result.push_back(std::move(entry.handle));
  }
  return result;
}

Buffers buffers(const ModelRef& model) {
  Buffers result;
  for (ModelEntry& entry : collect(model)) {
    if (entry.buffer) result.push_back({std::move(entry.handle.path), entry.handle.tensor});
  }
  return result;
}

namespace {

// The words between stars stand in the text one after the other, the first and the last at its
// ends. Each may take the earliest place that is left, so nothing is tried twice.
bool fits(std::string_view text, std::string_view pattern) {
  std::size_t star = pattern.find('*');
  if (star == pattern.npos) return text == pattern;
  if (!text.starts_with(pattern.substr(0, star))) return false;
  text.remove_prefix(star);
  for (pattern.remove_prefix(star + 1); (star = pattern.find('*')) != pattern.npos;
       pattern.remove_prefix(star + 1)) {
    const std::size_t place = text.find(pattern.substr(0, star));
    if (place == text.npos) return false;
    text.remove_prefix(place + star);
  }
  return text.ends_with(pattern);
}

}  // namespace

Params matching(const Params& params, std::string_view pattern) {
  Params result;
  std::vector<std::string_view> paths;
  for (const ParamHandle& param : params) {
    if (fits(param.path, pattern)) result.push_back(param);
    paths.push_back(param.path);
  }
  if (result.empty()) {
    fail(ErrorKind::value, "matching", "no parameter fits \"{}\"; there are {}", pattern,
         paths.empty() ? "none" : fmt::format("{}", fmt::join(paths, ", ")));
  }
  return result;
}

std::int64_t parameter_count(const Params& params) {
  std::int64_t count = 0;
  for (const ParamHandle& param : params) count += param.tensor.numel();
  return count;
}
std::int64_t parameter_count(const ModelRef& model) { return parameter_count(params(model)); }

void to(const MutableModelRef& model, DType dtype) {
  if (!is_floating(dtype)) {
    fail(ErrorKind::dtype, "to", "a model is of type f32 or f64, not {}", dtype);
  }
  for (const ModelEntry& entry : collect(model)) {
    const Tensor& tensor = entry.handle.tensor;
    if (!is_floating(tensor.dtype()) || tensor.dtype() == dtype) continue;
    if (tensor.has_values()) {
      internal::take_elements("to", tensor, internal::contiguous_copy("to", tensor, dtype));
    } else {
      tensor.impl()->dtype = dtype;
    }
  }
}

}  // namespace attune
