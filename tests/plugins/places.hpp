// Where the plugins are that tests load, a folder that goes with its test, and what a test asks
// about an error and about the registry.
#pragma once

#include <algorithm>
#include <attune/optim.hpp>
#include <filesystem>
#include <string>
#include <system_error>
#include <unistd.h>

#include "tests/paths.hpp"

namespace attune::tests {

inline const std::string refused = std::string(build_folder) + "/tests/refused/";
inline const std::string own = std::string(plugin_folder) + "/";

inline bool known(const std::string& rule) {
  const auto names = optim::names();
  return std::ranges::find(names, rule) != names.end();
}

inline bool mentions(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

namespace fs = std::filesystem;

// An empty folder that goes when the test ends, also if nobody may enter it.
struct Folder {
  fs::path path;
  explicit Folder(const std::string& name)
      : path(fs::temp_directory_path() / (name + std::to_string(getpid()))) {
    fs::create_directories(path);
  }
  Folder(const Folder&) = delete;
  ~Folder() {
    std::error_code ignored;
    fs::permissions(path, fs::perms::owner_all, ignored);
    fs::remove_all(path, ignored);
  }
};

}  // namespace attune::tests
