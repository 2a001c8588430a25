// The tensors that tests/references/io.py writes, and a folder that goes with the test.
#pragma once

#include <algorithm>
#include <attune/io.hpp>
#include <attune/ops.hpp>
#include <boost/test/unit_test.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <unistd.h>
#include <vector>

#include "core/impl.hpp"
#include "tests/paths.hpp"

namespace attune::tests {

inline Tensor sample(DType dtype) {
  if (dtype == boolean) return tensor({{true, false, false}, {true, true, false}});
  if (dtype == u8) return tensor({{0, 1, 2}, {253, 254, 255}}, u8);
  return tensor({{-3, -2, -1}, {0, 1, 100000}}, dtype);
}

inline std::vector<NamedTensor> samples() {
  std::vector<NamedTensor> list;
  for (int i = 0; i < dtype_count; ++i) {
    const auto dtype = static_cast<DType>(i);
    list.push_back({name(dtype), sample(dtype)});
  }
  list.push_back({"number", scalar_tensor(2.5, f64)});
  list.push_back({"empty", zeros({0, 4})});
  return list;
}

// Type, shape and every byte are equal.
inline bool same(const Tensor& a, const Tensor& b) {
  if (a.dtype() != b.dtype() || a.shape() != b.shape()) return false;
  const Tensor x = a.contiguous(), y = b.contiguous();
  const auto bytes = static_cast<std::size_t>(x.numel()) * size_of(x.dtype());
  return std::equal(x.impl()->data, x.impl()->data + bytes, y.impl()->data);
}

inline void check_samples(const TensorFile& file) {
  for (const auto& [name, expected] : samples()) {
    BOOST_TEST_CONTEXT(file.path() << ": " << name) BOOST_TEST(same(file.at(name), expected));
  }
}

inline std::string data_file(const std::string& name) {
  return std::string(source_folder) + "/tests/references/files/" + name;
}

class Folder {
 public:
  Folder() {
    std::string place = (std::filesystem::temp_directory_path() / "attune-XXXXXX").string();
    BOOST_REQUIRE(::mkdtemp(place.data()));
    path_ = place;
  }
  Folder(const Folder&) = delete;
  ~Folder() { std::filesystem::remove_all(path_); }
  std::string operator/(const std::string& name) const { return path_ / name; }
  std::size_t entries() const {
    return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator(path_), {}));
  }

 private:
  std::filesystem::path path_;
};

inline std::string bytes_of(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}
inline void write_bytes(const std::string& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary) << bytes;
}

}  // namespace attune::tests
