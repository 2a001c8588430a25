// What the data tests share: files in a folder of their own, and errors by kind and by what they
// say.
#pragma once

#include <attune/tensor.hpp>
#include <filesystem>
#include <fstream>
#include <string>
#include <unistd.h>
#include <vector>
#include <zlib.h>

#include "tests/thrown.hpp"

namespace attune::tests {

// A folder that goes with the object.
class Folder {
 public:
  Folder() {
    std::string name = (std::filesystem::temp_directory_path() / "attune-data-XXXXXX").string();
    BOOST_REQUIRE(mkdtemp(name.data()));
    path_ = name;
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  std::string operator/(const std::string& name) const { return path_ + "/" + name; }
  std::string write(const std::string& name, const std::string& bytes) const {
    std::ofstream(*this / name, std::ios::binary) << bytes;
    return *this / name;
  }
  std::string write_gz(const std::string& name, const std::string& bytes) const {
    const gzFile file = gzopen((*this / name).c_str(), "wb9");
    BOOST_REQUIRE(file);
    BOOST_REQUIRE(gzwrite(file, bytes.data(), static_cast<unsigned>(bytes.size())) ==
                  static_cast<int>(bytes.size()));
    gzclose(file);
    return *this / name;
  }

 private:
  std::string path_;
};

inline std::string read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

// `call` throws an Error of this kind whose message has all these parts.
template <class F>
void throws(ErrorKind kind, std::vector<std::string> parts, F&& call) {
  BOOST_CHECK_EXCEPTION(call(), Error, thrown(kind, std::move(parts)));
}

template <class T>
std::vector<T> elements(const Tensor& tensor) {
  const Tensor contiguous = tensor.contiguous();
  const auto values = contiguous.values<T>();
  return {values.begin(), values.end()};
}

// Equal in type, shape and every bit.
inline bool same(const Tensor& a, const Tensor& b) {
  if (a.dtype() != b.dtype() || a.shape() != b.shape()) return false;
  const auto bytes = [](const Tensor& t) {
    const Tensor c = t.contiguous();
    const auto size = static_cast<std::size_t>(c.numel()) * size_of(c.dtype());
    switch (c.dtype()) {
      case DType::f32:
        return std::string(reinterpret_cast<const char*>(c.data<float>()), size);
      case DType::f64:
        return std::string(reinterpret_cast<const char*>(c.data<double>()), size);
      case DType::i64:
        return std::string(reinterpret_cast<const char*>(c.data<std::int64_t>()), size);
      case DType::i32:
        return std::string(reinterpret_cast<const char*>(c.data<std::int32_t>()), size);
      case DType::u8:
        return std::string(reinterpret_cast<const char*>(c.data<std::uint8_t>()), size);
      default:
        return std::string(reinterpret_cast<const char*>(c.data<bool>()), size);
    }
  };
  return bytes(a) == bytes(b);
}

}  // namespace attune::tests
