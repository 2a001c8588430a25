// Sets over files of tensors.
#include <attune/io.hpp>

#include "attune/data/readers.hpp"
#include "core/fail.hpp"

namespace attune::data {

namespace {

Set fields_of(const TensorFile& file, const ArchiveOptions& options) {
  std::vector<Array> arrays;
  if (options.fields.empty()) {
    for (const NamedTensor& entry : file.tensors()) arrays.push_back({entry.name, entry.tensor});
  } else {
    for (const std::string& name : options.fields) arrays.push_back({name, file.at(name)});
  }
  if (arrays.empty()) {
    attune::internal::fail(ErrorKind::value, "Set", "{}: no tensors in the file", file.path());
  }
  return in_memory(std::move(arrays));
}

}  // namespace

Set npz(const std::string& path, const ArchiveOptions& options) {
  return fields_of(load_npz(path, {.mapped = options.mapped}), options);
}

Set safetensors(const std::string& path, const ArchiveOptions& options) {
  return fields_of(load_tensors(path, {.mapped = options.mapped}), options);
}

Set npy(const std::string& x_path, const std::string& y_path, bool mapped) {
  return Set(load_npy(x_path, {.mapped = mapped}), load_npy(y_path, {.mapped = mapped}));
}

}  // namespace attune::data
