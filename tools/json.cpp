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
  if (!std::exchange(begun_, true) && path_ != "-" && ftruncate(fileno(file_.get()), 0) != 0 &&
      errno != EINVAL) {
    give_up();
  }
  const std::string line = Json(object).text() + '\n';
  struct stat before {};
  const bool is_file = fstat(fileno(file_.get()), &before) == 0 && S_ISREG(before.st_mode);
  if (std::fwrite(line.data(), 1, line.size(), file_.get()) == line.size() &&
      std::fflush(file_.get()) == 0) {
    return;
  }
  const int why = errno;
  if (is_file && ftruncate(fileno(file_.get()), before.st_size) != 0) {
    // Half a line stays; the error says that the file is not whole.
  }
  errno = why;
  give_up();
}

void JsonLines::give_up() {
  const int why = errno;
  complete_ = false;
  file_.reset();
  errno = why;
  cannot_write(path_);
}

}  // namespace attune::tools
