// What a file of tensors held, by order and by name.
#include <algorithm>
#include <numeric>

#include "attune/io.hpp"
#include "attune/registry.hpp"
#include "core/fail.hpp"
#include "core/format.hpp"

namespace attune {

TensorFile::TensorFile(std::string path, std::vector<NamedTensor> tensors, Metadata metadata)
    : path_(std::move(path)),
      tensors_(std::move(tensors)),
      by_name_(tensors_.size()),
      metadata_(std::move(metadata)) {
  std::iota(by_name_.begin(), by_name_.end(), std::size_t{0});
  std::ranges::stable_sort(by_name_, {},
                           [this](std::size_t i) -> std::string_view { return tensors_[i].name; });
}

std::vector<NamedTensor> TensorFile::tensors() && {
  by_name_.clear();
  return std::exchange(tensors_, {});
}

const Tensor* TensorFile::find(std::string_view name) const& noexcept {
  const auto name_of = [this](std::size_t i) -> std::string_view { return tensors_[i].name; };
  const auto place = std::ranges::lower_bound(by_name_, name, {}, name_of);
  return place != by_name_.end() && name_of(*place) == name ? &tensors_[*place].tensor : nullptr;
}

const Tensor& TensorFile::at(std::string_view name) const& {
  if (const Tensor* const found = find(name)) return *found;
  std::vector<std::string> names;
  for (std::size_t i : by_name_) names.push_back(tensors_[i].name);
  const std::string hint = did_you_mean(name, names);
  constexpr std::size_t most = 20;
  const std::size_t more = names.size() > most ? names.size() - most : 0;
  names.resize(names.size() - more);
  internal::fail(ErrorKind::value, "TensorFile", "{} has no tensor \"{}\"{}{} (it has: {}{})",
                 path_, name, hint.empty() ? "" : ": ", hint,
                 fmt::to_string(fmt::join(names, ", ")),
                 more ? fmt::format(" and {} more", more) : "");
}

}  // namespace attune
