// The one place that knows the JSON library.
#include "tools/json.hpp"

#include <attune/error.hpp>
#include <cerrno>
#include <cmath>
#include <cstring>
#include <nlohmann/json.hpp>
#include <sys/stat.h>
#include <type_traits>
#include <unistd.h>
#include <utility>

#include "tools/say.hpp"

namespace attune::tools {
namespace {

using Value = nlohmann::ordered_json;

Value converted(const Json& json) {
  return std::visit(
      [](const auto& value) -> Value {
        using T = std::decay_t<decltype(value)>;
        if constexpr (std::is_same_v<T, std::monostate>) {
          return nullptr;
        } else if constexpr (std::is_same_v<T, double>) {
          return std::isfinite(value) ? Value(value) : Value(nullptr);
        } else if constexpr (std::is_same_v<T, Json::Array>) {
          Value array = Value::array();
          for (const Json& entry : value) array.push_back(converted(entry));
          return array;
        } else if constexpr (std::is_same_v<T, Json::Object>) {
          Value object = Value::object();
          for (const auto& [key, entry] : value) object[key] = converted(entry);
          return object;
        } else {
          return value;
        }
      },
      json.value());
}

[[noreturn]] void cannot_write(const std::string& path) {
  throw Error(ErrorKind::io, (path == "-" ? "the standard output" : path) +
                                 ": cannot be written: " + std::strerror(errno));
}

}  // namespace

std::string Json::text() const {
  return converted(*this).dump(-1, ' ', false, Value::error_handler_t::replace);
}

void JsonLines::Close::operator()(std::FILE* file) const noexcept {
  if (file != stdout) std::fclose(file);
}

JsonLines::JsonLines(std::string path) : path_(std::move(path)) {
  if (path_.empty()) return;
  file_.reset(path_ == "-" ? stdout : std::fopen(path_.c_str(), "a"));
  if (!file_) cannot_write(path_);
}

void JsonLines::write(const Json::Object& object) {
  if (!file_) return;
  // What stood there goes when there is something to take its place: not by a run that is refused.
  const int file = fileno(file_.get());
  bool arrived = std::exchange(begun_, true) || path_ == "-" || ftruncate(file, 0) == 0 ||
                 errno == EINVAL;  // a pipe
  struct stat before {};
  const bool regular = path_ != "-" && fstat(file, &before) == 0 && S_ISREG(before.st_mode);
  arrived = arrived && put(file_.get(), Json(object).text() + '\n');
  if (arrived) return;
  const std::string why = std::strerror(errno);
  // No half line: what stands there can be read.
  if (regular && ftruncate(file, before.st_size) != 0) begun_ = true;
  complete_ = false;
  file_.reset();
  if (path_ != "-") {  // of which main speaks
    say(stderr,
        "attune: " + path_ + ": cannot be written: " + why + "; what follows is left out\n");
  }
}

}  // namespace attune::tools
