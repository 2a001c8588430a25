// JSON as the commands write it: values in memory, and a file of one object a line.
#pragma once

#include <cstdint>
#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace attune::tools {

class Json {
 public:
  using Array = std::vector<Json>;
  using Object = std::vector<std::pair<std::string, Json>>;  // in this order

  Json() = default;                                        // null
  Json(bool value) : value_(value) {}                      // NOLINT
  Json(int value) : value_(std::int64_t{value}) {}         // NOLINT
  Json(std::int64_t value) : value_(value) {}              // NOLINT
  Json(double value) : value_(value) {}                    // NOLINT: null unless finite
  Json(const char* value) : value_(std::string(value)) {}  // NOLINT
  Json(std::string value) : value_(std::move(value)) {}    // NOLINT
  Json(Array value) : value_(std::move(value)) {}          // NOLINT
  Json(Object value) : value_(std::move(value)) {}         // NOLINT
  template <class T>
  Json(const std::optional<T>& value) {  // NOLINT
    if (value) *this = Json(*value);
  }

  const auto& value() const noexcept { return value_; }
  std::string text() const;  // on one line

 private:
  std::variant<std::monostate, bool, std::int64_t, double, std::string, Array, Object> value_;
};

inline Json to_json(const std::vector<std::string>& texts) {
  return Json::Array(texts.begin(), texts.end());
}

// A file that gets one object a line, each complete at once, from its beginning at the first; "-"
// is the standard output, "" none. Error (io) when it cannot be opened.
class JsonLines {
 public:
  explicit JsonLines(std::string path);
  // An object that cannot be written is the last: it is said on stderr, and those after it are
  // passed over, since a run has more to give than its lines. The command then ends with status 1.
  void write(const Json::Object& object);
  bool complete() const noexcept { return complete_; }
  // Where the text for people goes: not between lines of JSON.
  std::FILE* human() const { return path_ == "-" ? stderr : stdout; }

 private:
  struct Close {
    void operator()(std::FILE* file) const noexcept;
  };
  std::string path_;
  std::unique_ptr<std::FILE, Close> file_;
  bool begun_ = false, complete_ = true;
};

}  // namespace attune::tools
