// Tensors into a safetensors file.
#include <algorithm>
#include <nlohmann/json.hpp>
#include <numeric>
#include <set>

#include "attune/io.hpp"
#include "core/fail.hpp"
#include "core/file.hpp"
#include "core/format.hpp"
#include "core/impl.hpp"
#include "core/safetensors.hpp"
#include "core/text.hpp"

namespace attune {

using internal::fail;
using namespace internal::safetensors;
using Json = nlohmann::json;

namespace {

// The bytes of wide types come first, so that every tensor is aligned for its type.
std::vector<std::size_t> order_of_bytes(std::span<const NamedTensor> tensors) {
  std::vector<std::size_t> order(tensors.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_sort(order, std::greater{},
                           [&](std::size_t i) { return size_of(tensors[i].tensor.dtype()); });
  return order;
}

std::string header_of(std::span<const NamedTensor> tensors, std::span<const std::size_t> order,
                      const Metadata& metadata) {
  std::vector<std::pair<std::uint64_t, std::uint64_t>> offsets(tensors.size());
  std::uint64_t end = 0;
  for (std::size_t i : order) {
    const std::uint64_t begin = end;
    end += internal::byte_count(tensors[i].tensor.shape(), tensors[i].tensor.dtype());
    offsets[i] = {begin, end};
  }
  std::vector<std::string> entries;
  if (!metadata.empty()) {
    entries.push_back(fmt::format("\"{}\":{}", metadata_key, Json(metadata).dump()));
  }
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    const Tensor& tensor = tensors[i].tensor;
    const Json entry = {
        {"dtype", type_names[static_cast<std::size_t>(tensor.dtype())]},
        {"shape", std::vector<std::int64_t>(tensor.shape().begin(), tensor.shape().end())},
        {"data_offsets", offsets[i]}};
    entries.push_back(Json(tensors[i].name).dump() + ":" + entry.dump());
  }
  std::string text = fmt::format("{{{}}}", fmt::join(entries, ","));
  text.append((8 - text.size() % 8) % 8, ' ');
  return text;
}

}  // namespace

void internal::check_named(const char* operation, const std::string& path, const std::string& name,
                           const Tensor& tensor) {
  if (!tensor.defined()) {
    fail(ErrorKind::state, operation, "{}: the tensor \"{}\" is undefined", path, name);
  }
  internal::operand(operation, tensor);
  if (!is_utf8(name)) {
    const std::string shown = Json(name).dump(-1, ' ', true, Json::error_handler_t::replace);
    fail(ErrorKind::value, operation, "{}: the name {} is not UTF-8: choose another", path, shown);
  }
}

void save_tensors(const std::string& path, std::span<const NamedTensor> tensors,
                  const Metadata& metadata) {
  constexpr const char* operation = "save_tensors";
  std::set<std::string_view> names;
  for (const auto& [name, tensor] : tensors) {
    internal::check_named(operation, path, name, tensor);
    if (name == metadata_key || !names.insert(name).second) {
      fail(ErrorKind::value, operation, "{}: the name \"{}\" {}: choose another", path, name,
           name == metadata_key ? "belongs to the format" : "stands for two tensors");
    }
  }
  const std::vector<std::size_t> order = order_of_bytes(tensors);
  std::string header;
  try {
    header = header_of(tensors, order, metadata);
  } catch (const Json::type_error&) {
    fail(ErrorKind::value, operation, "{}: a text of the metadata is not UTF-8", path);
  }
  if (header.size() > largest_header) {
    fail(ErrorKind::value, operation, "{}: its header would have {} bytes, the format allows {}",
         path, header.size(), largest_header);
  }
  internal::AtomicFile file(operation, path);
  const std::uint64_t length = header.size();
  file.write(&length, length_bytes);
  file.write(header);
  for (std::size_t i : order) file.write(tensors[i].tensor);
  file.commit();
}

}  // namespace attune
